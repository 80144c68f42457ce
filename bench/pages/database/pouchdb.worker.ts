import { expose } from 'comlink'
import { createPouchdbPeer } from '../../database/peers/pouchdb.ts'
import { createWorkload } from '../../database/workload.ts'

expose(createWorkload(createPouchdbPeer))
