import { copyFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { releaseIndexLock, takeIndexLock } from '../git/index-lock.ts'
import { GitError, lineOf, runGit, tryGit } from '../git/run-git.ts'
import { writeIndex } from '../git/unmerged.ts'
import type { WorkTree } from '../source/work-tree.ts'
import { finishMerge, takeBack } from './interrupted-merge.ts'
import {
  mergePlace,
  removeJournal,
  writeJournal,
  type MergeJournal,
  type MergePlace,
} from './merge-journal.ts'
import type { OpenFile } from './open-files.ts'

/** A merge as git is to find it. */
export interface PlacedMerge {
  /** What becomes of the work tree. */
  readonly root: Oid
  readonly open: readonly OpenFile[]
  readonly theirs: Oid
  readonly message: string
  /** For git's file MERGE_MODE. */
  readonly mode: string
}

/**
 * Puts a merge into work tree, index and git's notes of it, all or nothing: what fails is taken back at once, and what
 * ends with its process by the next `espalier merge`, or `espalier merge --abort`. Until it is in place git's own lock
 * keeps every other program from the index. Throws `git/uncommitted-changes` when a file that is not committed would be
 * lost, `GitError`.
 */
export function putInPlace(tree: WorkTree, merge: PlacedMerge): void {
  const { top } = tree
  const place = mergePlace(tree)
  takeIndexLock(place.index)
  let journal: MergeJournal
  const onNewIndex = { GIT_INDEX_FILE: place.newIndex }
  const switching = ['-m', '-u', 'HEAD', merge.root]
  try {
    copyFileSync(place.index, place.newIndex)
    // Files that were touched and are the same are in nobody's way.
    tryGit(top, ['update-index', '-q', '--refresh'], undefined, onNewIndex)
    const { status, err } = tryGit(top, ['read-tree', '-n', ...switching], undefined, onNewIndex)
    if (status !== 0) throw inTheWay(err)
    const head = lineOf(runGit(top, ['rev-parse', 'HEAD'])) as Oid // git's answer
    journal = { head, root: merge.root }
  } catch (error) {
    removeJournal(place)
    releaseIndexLock(place.index)
    throw error
  }
  try {
    writeJournal(place, journal)
    runGit(top, ['read-tree', ...switching], undefined, onNewIndex)
    const stages = merge.open.map((file) => [file.path, file.stages] as const)
    writeIndex(top, stages, place.newIndex)
    writeNotes(place, merge)
    // With this it is there.
    renameSync(place.newIndex, place.index)
  } catch (error) {
    try {
      takeBack(place, journal)
    } catch {
      throw new GitError(
        `The merge stopped half way: ${error instanceof Error ? error.message : String(error)}\nTake it back with espalier merge --abort.`,
        { cause: error },
      )
    }
    removeJournal(place)
    releaseIndexLock(place.index)
    throw error
  }
  finishMerge(place)
  removeJournal(place)
  releaseIndexLock(place.index)
}

/** What says that there is a merge. */
function writeNotes({ gitDir }: MergePlace, { open, theirs, message, mode }: PlacedMerge): void {
  const hint = open.length === 0 ? '' : `\n# Conflicts:\n${open.map(({ path }) => `#\t${path}\n`).join('')}`
  writeFileSync(join(gitDir, 'MERGE_MSG'), `${message.trimEnd()}\n${hint}`)
  writeFileSync(join(gitDir, 'MERGE_MODE'), mode)
  writeFileSync(join(gitDir, 'MERGE_HEAD'), `${theirs}\n`)
}

function inTheWay(reason: string): EspalierError {
  return new EspalierError(
    'git/uncommitted-changes',
    `The merge would write over what is not committed. Commit it, or put it away with git stash.\n${reason}`,
  )
}
