import type { Item } from '../../database/item.ts'
import { remotePeer, servePeer } from '../../database/serve-peer.ts'

const startWorker = (): Worker =>
  new Worker(new URL('./sqlite.worker.ts', import.meta.url), { type: 'module' })

// Its storage exists in workers only: a page asks a worker.
servePeer(
  () =>
    remotePeer<Item>(
      () => new Worker(new URL('./sqlite-peer.worker.ts', import.meta.url), { type: 'module' }),
      (item) => item,
    ),
  startWorker,
)
