import { wrap } from 'comlink'
import type { IsomorphicPeer } from './isomorphic.worker.ts'

const worker = new Worker(new URL('./isomorphic.worker.ts', import.meta.url), { type: 'module' })

/** isomorphic-git and LightningFS in a worker, as a careful app would run them. */
const isomorphic = wrap<IsomorphicPeer>(worker)

Object.assign(globalThis, { isomorphic })
