import { wrap } from 'comlink'
import type { BenchCodecs } from './codec.worker.ts'

const worker = new Worker(new URL('./codec.worker.ts', import.meta.url), { type: 'module' })
const codecs = wrap<BenchCodecs>(worker)

Object.assign(globalThis, { codecs })
export type CodecPage = typeof codecs
