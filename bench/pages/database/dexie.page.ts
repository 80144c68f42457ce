import { createDexiePeer } from '../../database/peers/dexie.ts'
import { servePeer } from '../../database/serve-peer.ts'

servePeer(
  createDexiePeer,
  () => new Worker(new URL('./dexie.worker.ts', import.meta.url), { type: 'module' }),
)
