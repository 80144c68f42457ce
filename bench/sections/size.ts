import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import type { BenchContext } from '../context.ts'

const root = resolve(import.meta.dirname, '..', '..')

/** The gzipped sizes, as `npm run size` measures them on what `npm run build` made. */
export function sizeSection({ recorder }: BenchContext): Promise<void> {
  const run = spawnSync(process.execPath, [resolve(root, 'scripts/size.mjs')], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const part of ['client', 'worker', 'extras']) {
    const key = { dataset: '', what: `gzipped ${part}`, who: 'espalier' } as const
    const size = new RegExp(String.raw`^${part}\s+([\d.]+) of`, 'm').exec(run.stdout)?.[1]
    if (size === undefined) recorder.fail(key, 'nothing built: run `npm run build` first')
    else recorder.add(key, Number(size), 'kB')
  }
  return Promise.resolve()
}
