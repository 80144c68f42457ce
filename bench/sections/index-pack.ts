import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createPackBuffer } from '../../worker/git/packs/pack-bytes.ts'
import { createPackIndexer } from '../../worker/git/packs/pack-indexer.ts'
import type { BenchContext } from '../context.ts'
import { git } from '../git.ts'
import { dataset, workCopy } from '../repositories.ts'
import { timed } from '../support.ts'

/** About what a browser hands over per read of a response body. */
const chunkBytes = 64 * 1024

/** Indexes one pack in Node on one thread: ours in plain JS, and `git index-pack --threads=1`. */
export async function indexPackSection(context: BenchContext): Promise<void> {
  const set = dataset('100k')
  const repository = await workCopy(set, join(context.folder, 'index-pack.git'))
  const folder = join(repository, 'objects', 'pack')
  const name = (await readdir(folder)).find((file) => file.endsWith('.pack'))
  if (name === undefined) throw new Error(`${repository} holds no pack`)
  const path = join(folder, name)
  const bytes = new Uint8Array(await readFile(path))
  const output = join(context.folder, 'native.idx')
  const key = (who: 'espalier' | 'git') =>
    ({ dataset: 'pack of 100k objects', what: 'index a pack', who }) as const

  for (let i = 0; i < context.repetitions('light'); i++) {
    context.recorder.add(
      key('git'),
      await timed(() => git(['index-pack', '--threads=1', '-o', output, path])),
    )
    let index = new Uint8Array()
    const ms = await timed(async () => {
      const indexer = createPackIndexer({ buffer: createPackBuffer() })
      for (let at = 0; at < bytes.length; at += chunkBytes) indexer.write(bytes.subarray(at, at + chunkBytes))
      index = new Uint8Array((await indexer.finish()).index)
    })
    context.recorder.add(key('espalier'), ms)
    if (Buffer.compare(index, await readFile(output)) !== 0) throw new Error('The indexes differ.')
  }
}
