import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from './git.ts'
import { removeFolder } from './support.ts'

/** Packed bytes of everything in a bundle that only commits before the tip need. */
export async function historyBytes(bundle: Uint8Array, folder: string): Promise<number> {
  const work = await mkdtemp(join(folder, 'history-'))
  try {
    await writeFile(join(work, 'all.bundle'), bundle)
    const repository = join(work, 'all.git')
    await git(['clone', '-q', '--mirror', join(work, 'all.bundle'), repository])
    const all = await objects(repository, ['--all'])
    const tip = await objects(repository, ['--no-walk', 'HEAD'])
    return [...all].reduce((sum, [oid, bytes]) => sum + (tip.has(oid) ? 0 : bytes), 0)
  } finally {
    await removeFolder(work)
  }
}

/** Packed sizes by object id. */
async function objects(repository: string, revisions: readonly string[]): Promise<Map<string, number>> {
  const format = '%(objectname) %(objectsize:disk)'
  const sizes = new Map<string, number>()
  const known = await git(['-C', repository, 'cat-file', '--batch-all-objects', `--batch-check=${format}`])
  const size = new Map(
    known.split('\n').map((line): [string, number] => [line.slice(0, 40), Number(line.slice(41))]),
  )
  const listed = await git(['-C', repository, 'rev-list', '--objects', ...revisions])
  for (const line of listed.split('\n')) {
    if (line !== '') sizes.set(line.slice(0, 40), size.get(line.slice(0, 40)) ?? 0)
  }
  return sizes
}
