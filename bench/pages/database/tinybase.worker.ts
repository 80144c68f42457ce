import { expose } from 'comlink'
import { createTinybasePeer } from '../../database/peers/tinybase.ts'
import { createWorkload } from '../../database/workload.ts'

expose(createWorkload(createTinybasePeer))
