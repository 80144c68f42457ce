import { createTanstackPeer } from '../../database/peers/tanstack.ts'
import { servePeer } from '../../database/serve-peer.ts'

servePeer(
  createTanstackPeer,
  () => new Worker(new URL('./tanstack.worker.ts', import.meta.url), { type: 'module' }),
)
