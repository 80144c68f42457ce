import { expose } from 'comlink'
import { createSqlitePeer } from '../../database/peers/sqlite.ts'
import { createWorkload } from '../../database/workload.ts'

expose(createWorkload(createSqlitePeer))
