import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { GitError, lineOf, tryGit } from '../git/run-git.ts'
import type { IndexEntry, Stages } from '../git/unmerged.ts'
import type { WorkTree } from '../source/work-tree.ts'
import type { OpenFile } from './open-files.ts'

/** What git makes of the files around the database's folder. */
export function mergeAround(
  { top, prefix }: WorkTree,
  theirs: Oid,
  { allowUnrelated }: MergeOptions,
): { readonly tree: Oid; readonly files: readonly OpenFile[] } {
  const { status, out, err } = tryGit(top, [
    // What it makes of the database is not used: its driver need not run.
    '-c',
    'merge.espalier.driver=true',
    'merge-tree',
    '--write-tree',
    '--no-messages',
    '-z',
    ...(allowUnrelated ? ['--allow-unrelated-histories'] : []),
    'HEAD',
    theirs,
  ])
  if (status > 1) throw new GitError(`git merge-tree failed: ${err}`)
  const [root = '', ...lines] = lineOf(out).split('\0')
  const files = new Map<string, { [Side in keyof Stages]: IndexEntry }>()
  for (const line of lines) {
    const [, mode, oid, stage, path] = /^(\d+) ([0-9a-f]{40}) ([123])\t(.*)$/s.exec(line) ?? []
    if (mode === undefined || path === undefined || path.startsWith(prefix)) continue
    const side = (['base', 'ours', 'theirs'] as const)[Number(stage) - 1] ?? 'base'
    files.set(path, { ...files.get(path), [side]: { mode, oid: oid as Oid } }) // checked by the pattern
  }
  return {
    tree: root as Oid, // git's answer
    files: Array.from(files, ([path, stages]) => ({ path, stages })),
  }
}
