import { createTinybasePeer } from '../../database/peers/tinybase.ts'
import { servePeer } from '../../database/serve-peer.ts'

servePeer(
  createTinybasePeer,
  () => new Worker(new URL('./tinybase.worker.ts', import.meta.url), { type: 'module' }),
)
