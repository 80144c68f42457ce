import { expose } from 'comlink'
import { createDexiePeer } from '../../database/peers/dexie.ts'
import { createWorkload } from '../../database/workload.ts'

expose(createWorkload(createDexiePeer))
