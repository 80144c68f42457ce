import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { resolve } from 'node:path'
import type { BenchContext } from '../context.ts'

const root = resolve(import.meta.dirname, '..', '..')

/** The gzipped sizes, as `npm run size` measures them on what `npm run build` makes of the code that is measured here. */
export function sizeSection({ recorder }: BenchContext): Promise<void> {
  const script = (name: string): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [resolve(root, 'scripts', name)], { cwd: root, encoding: 'utf8' })
  const built = script('build.mjs')
  if (built.status !== 0) throw new Error(`The package cannot be built:\n${built.stderr}`)
  const run = script('size.mjs')
  for (const part of ['client', 'worker', 'extras']) {
    const key = { dataset: '', what: `gzipped ${part}`, who: 'espalier' } as const
    const size = new RegExp(String.raw`^${part}\s+([\d.]+) of`, 'm').exec(run.stdout)?.[1]
    if (size === undefined) recorder.fail(key, `no size was printed: ${run.stderr}`)
    else recorder.add(key, Number(size), 'kB')
  }
  return Promise.resolve()
}
