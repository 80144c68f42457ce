import { expose } from 'comlink'
import { createTanstackPeer } from '../../database/peers/tanstack.ts'
import { createWorkload } from '../../database/workload.ts'

expose(createWorkload(createTanstackPeer))
