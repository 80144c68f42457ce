import { copyFileSync, existsSync, lstatSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { hashObject } from '../../worker/git/objects/sha1.ts'
import { indexLockHolder, isRunning, releaseIndexLock, takeIndexLock } from '../git/index-lock.ts'
import { GitError, lineOf, runGit, tryGit } from '../git/run-git.ts'
import { readJournal, removeJournal, type MergeJournal, type MergePlace } from './merge-journal.ts'
import { removeFile } from './settle-files.ts'

/** Whether a merge ended while it wrote its files. */
export function isInterrupted(place: MergePlace): boolean {
  return existsSync(place.journal) || typeof indexLockHolder(place.index) === 'object'
}

/** Releases the lock of a run that ended with nothing half done: before it wrote a file, or after the last one. */
export function releaseDeadLock(place: MergePlace): void {
  const holder = indexLockHolder(place.index)
  if (existsSync(place.journal) || typeof holder !== 'object' || isRunning(holder.pid)) return
  removeJournal(place)
  releaseIndexLock(place.index)
}

/**
 * Takes back a merge that ended while it wrote its files: they, the index and what says that there is a merge are as
 * they were. One that had come into place already stays, for git to go on with or to abort. Throws `GitError` while the
 * merge runs, `merge/edited-file` and `git/uncommitted-changes` when files or index were changed since.
 */
export async function endInterrupted(place: MergePlace): Promise<void> {
  const holder = indexLockHolder(place.index)
  if (typeof holder === 'object' && isRunning(holder.pid))
    throw new GitError(`espalier merge runs here already, as process ${holder.pid}.`)
  if (typeof holder !== 'object') takeIndexLock(place.index)
  await untilGitEnded(place)
  const journal = readJournal(place)
  if (journal && existsSync(place.newIndex)) takeBack(place, journal)
  else if (journal) finishMerge(place)
  removeJournal(place)
  releaseIndexLock(place.index)
}

/** What is done once the merge is in place. Git does so too, and nothing depends on it. */
export function finishMerge({ top }: Pick<MergePlace, 'top'>): void {
  tryGit(top, ['update-ref', 'ORIG_HEAD', 'HEAD'])
}

/** The git that the merge had started may live longer than the merge; what is left of it after a while is dead. */
async function untilGitEnded({ newIndex }: MergePlace): Promise<void> {
  for (let tries = 0; tries < 20 && existsSync(`${newIndex}.lock`); tries++) await setTimeout(50)
}

/** A file that the merge changes. */
interface ChangedFile {
  readonly path: string
  readonly before: Version | undefined
  readonly after: Version | undefined
}

interface Version {
  readonly mode: string
  readonly oid: Oid
}

/** Puts the files, the index and git's notes of a merge back as they were. It may be done again when it was cut short. */
export function takeBack(place: MergePlace, journal: MergeJournal): void {
  const { top, gitDir, index, oldIndex } = place
  // Somebody committed in between: nothing of it is ours any more.
  if (lineOf(runGit(top, ['rev-parse', 'HEAD'])) !== journal.head) return
  if (tryGit(top, ['diff-index', '--cached', '--quiet', 'HEAD', '--']).status !== 0)
    throw new EspalierError(
      'git/uncommitted-changes',
      'The index was changed since a merge was interrupted. Put it back with git reset, then try again.',
    )
  const files = changedFiles(top, journal)
  for (const file of files) refuseEdited(top, file)
  for (const { path, before } of files) if (!before) removeFile(top, path)
  copyFileSync(index, oldIndex)
  const paths = files.flatMap(({ path, before }) => (before ? [`${path}\0`] : [])).join('')
  runGit(top, ['checkout-index', '-f', '-q', '-u', '-z', '--stdin'], paths, { GIT_INDEX_FILE: oldIndex })
  for (const name of ['MERGE_HEAD', 'MERGE_MODE', 'MERGE_MSG']) rmSync(join(gitDir, name), { force: true })
  renameSync(oldIndex, index)
}

function changedFiles(top: string, { head, root }: MergeJournal): readonly ChangedFile[] {
  const out = runGit(top, ['diff-tree', '-r', '-z', '--raw', '--no-renames', head, root])
  const parts = new TextDecoder().decode(out).split('\0')
  const files: ChangedFile[] = []
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, oldMode, newMode, oldOid, newOid] =
      /^:(\d+) (\d+) ([0-9a-f]{40}) ([0-9a-f]{40}) /.exec(parts[at] ?? '') ?? []
    const version = (mode = '', oid = ''): Version | undefined =>
      /^0+$/.test(mode) ? undefined : { mode, oid: oid as Oid } // checked by the pattern
    files.push({
      path: parts[at + 1] ?? '',
      before: version(oldMode, oldOid),
      after: version(newMode, newOid),
    })
  }
  return files
}

/** A file is as it was, as it should become, or the beginning of that. Anything else was written by somebody. */
function refuseEdited(top: string, { path, before, after }: ChangedFile): void {
  const file = join(top, path)
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return
  const bytes = readFileSync(file)
  const isVersion = (oid: string): boolean => oid === before?.oid || oid === after?.oid
  if (isVersion(hashObject('blob', bytes))) return
  // Files may look another way in the work tree (line ends, filters).
  if (isVersion(lineOf(runGit(top, ['hash-object', '--stdin', '--path', path], bytes)))) return
  if (after?.mode.startsWith('100')) {
    const whole = runGit(top, ['cat-file', '--filters', `--path=${path}`, after.oid])
    if (Buffer.from(whole.subarray(0, bytes.length)).equals(bytes)) return
  }
  throw new EspalierError(
    'merge/edited-file',
    `${path} was edited since a merge was interrupted. Put your version aside and delete the file, then try again.`,
    { data: { file: path } },
  )
}
