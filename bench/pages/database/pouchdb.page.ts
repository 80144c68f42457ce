import { createPouchdbPeer } from '../../database/peers/pouchdb.ts'
import { servePeer } from '../../database/serve-peer.ts'

servePeer(
  createPouchdbPeer,
  () => new Worker(new URL('./pouchdb.worker.ts', import.meta.url), { type: 'module' }),
)
