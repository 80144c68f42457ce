import { createRxdbPeer } from '../../database/peers/rxdb.ts'
import { servePeer } from '../../database/serve-peer.ts'

servePeer(createRxdbPeer, () => new Worker(new URL('./rxdb.worker.ts', import.meta.url), { type: 'module' }))
