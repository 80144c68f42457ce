import { copyFileSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { NewObject } from '../../worker/git/objects/object.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { hashObject } from '../../worker/git/objects/sha1.ts'
import { releaseIndexLock, takeIndexLock } from '../git/index-lock.ts'
import { GitError, runGit } from '../git/run-git.ts'
import { writeIndex, type IndexEntry, type Stages } from '../git/unmerged.ts'
import type { MergePlace } from './merge-journal.ts'

/** What becomes of a file in conflict. */
export type FileOutcome =
  /** It is settled; null: deleted. */
  | { readonly path: string; readonly kind: 'settled'; readonly entry: IndexEntry | null }
  /** It stays in conflict, of these versions; the file gets these bytes. */
  | { readonly path: string; readonly kind: 'open'; readonly stages: Stages; readonly bytes: Uint8Array }

/** Collects contents that are to be stored. */
export interface NewContents {
  readonly objects: ReadonlyMap<Oid, NewObject>
  add(bytes: Uint8Array): Oid
}

export function createContents(): NewContents {
  const objects = new Map<Oid, NewObject>()
  return {
    objects,
    add(bytes) {
      const oid = hashObject('blob', bytes)
      objects.set(oid, { oid, type: 'blob', bytes })
      return oid
    },
  }
}

/** What an outcome makes of the file; undefined: nothing, or what is not among the new contents. */
export function bytesOf(outcome: FileOutcome, { objects }: NewContents): Uint8Array | undefined {
  if (outcome.kind === 'open') return outcome.bytes
  return outcome.entry ? objects.get(outcome.entry.oid)?.bytes : undefined
}

/**
 * Writes files to the work tree, as a checkout does where they are settled, and then to the index. Their contents are
 * stored. Whenever the process ends, the index is as before until all files are written: git commits nothing, and the
 * same decision may be made again. Throws `GitError` when another program wrote the index meanwhile.
 */
export function writeOutcomes({ top, index, newIndex }: MergePlace, outcomes: readonly FileOutcome[]): void {
  const before = readFileSync(index)
  copyFileSync(index, newIndex)
  try {
    const entries = outcomes.map(
      (outcome) => [outcome.path, outcome.kind === 'open' ? outcome.stages : outcome.entry] as const,
    )
    writeIndex(top, entries, newIndex)
    for (const outcome of outcomes) {
      if (outcome.kind === 'open') writeFileSync(join(top, outcome.path), outcome.bytes)
      else if (outcome.entry === null) removeFile(top, outcome.path)
    }
    const there = outcomes.filter((outcome) => outcome.kind === 'settled' && outcome.entry !== null)
    if (there.length > 0) {
      const paths = there.map(({ path }) => `${path}\0`).join('')
      const onNewIndex = { GIT_INDEX_FILE: newIndex }
      runGit(top, ['checkout-index', '-f', '-q', '-u', '-z', '--stdin'], paths, onNewIndex)
    }
    takeIndexLock(index)
    try {
      if (!before.equals(readFileSync(index)))
        throw new GitError('Another program wrote the index meanwhile. Decide again.')
      renameSync(newIndex, index)
    } finally {
      releaseIndexLock(index)
    }
  } finally {
    rmSync(newIndex, { force: true })
  }
}

/** Removes a file, and the folders that it leaves empty, as git does. */
export function removeFile(top: string, path: string): void {
  rmSync(join(top, path), { force: true })
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      rmdirSync(join(top, folder))
    } catch {
      return // it holds something else
    }
  }
}
