import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The TypeScript compiler, to be run by Node. */
export const tsc: string = join(
  createRequire(import.meta.url).resolve('typescript/package.json'),
  '../bin/tsc',
)
