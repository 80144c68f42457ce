import { createEspalierPeer, options } from '../../database/peers/espalier.ts'
import { servePeer } from '../../database/serve-peer.ts'
import { open } from '../../../src/index.ts'

servePeer(
  () => createEspalierPeer((url) => open(url, options)),
  () => new Worker(new URL('./espalier.worker.ts', import.meta.url), { type: 'module' }),
)
