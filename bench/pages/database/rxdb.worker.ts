import { expose } from 'comlink'
import { createRxdbPeer } from '../../database/peers/rxdb.ts'
import { createWorkload } from '../../database/workload.ts'

expose(createWorkload(createRxdbPeer))
