import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOid, type Oid } from '../../worker/git/objects/oid.ts'
import { lineOf, runGit } from '../git/run-git.ts'
import type { WorkTree } from '../source/work-tree.ts'

/** What a merge changes in the work tree: from one tree to another. */
export interface MergeJournal {
  /** The commit that was checked out. */
  readonly head: Oid
  /** The tree that is written. */
  readonly root: Oid
}

/** The files of git, and those of a merge that is being written. */
export interface MergePlace {
  readonly top: string
  readonly gitDir: string
  readonly index: string
  /** The index that is to come. While it is there beside a journal the merge is not in place. */
  readonly newIndex: string
  /** The index that is to come back. */
  readonly oldIndex: string
  readonly journal: string
}

export function mergePlace({ top, gitDir }: Pick<WorkTree, 'top' | 'gitDir'>): MergePlace {
  const index = lineOf(runGit(top, ['rev-parse', '--path-format=absolute', '--git-path', 'index']))
  const own = join(gitDir, 'espalier-merge')
  return { top, gitDir, index, newIndex: `${own}.index`, oldIndex: `${own}.undo`, journal: `${own}.json` }
}

export function writeJournal(place: MergePlace, journal: MergeJournal): void {
  writeFileSync(place.journal, JSON.stringify(journal))
}

/** Undefined: nothing is being written, or what was did not come as far as the first file. */
export function readJournal(place: MergePlace): MergeJournal | undefined {
  if (!existsSync(place.journal)) return undefined
  try {
    const { head, root } = JSON.parse(readFileSync(place.journal, 'utf8')) as Record<string, unknown>
    return typeof head === 'string' && typeof root === 'string' && isOid(head) && isOid(root)
      ? { head, root }
      : undefined
  } catch {
    return undefined
  }
}

/** The journal goes first: what is left without one means nothing. */
export function removeJournal({ journal, newIndex, oldIndex }: MergePlace): void {
  for (const file of [journal, newIndex, `${newIndex}.lock`, oldIndex, `${oldIndex}.lock`])
    if (existsSync(file)) rmSync(file)
}
