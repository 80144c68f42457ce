import { rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { NewObject } from '../../worker/git/object.ts'
import type { Oid } from '../../worker/git/oid.ts'
import { hashObject } from '../../worker/git/sha1.ts'
import { runGit } from '../git/run-git.ts'
import { writeIndex, type IndexEntry, type Stages } from '../git/unmerged.ts'

/** What becomes of a file in conflict. */
export type FileOutcome =
  /** It is settled; null: deleted. */
  | { readonly path: string; readonly kind: 'settled'; readonly entry: IndexEntry | null }
  /** It stays in conflict, of these versions; the file gets these bytes. */
  | { readonly path: string; readonly kind: 'open'; readonly stages: Stages; readonly bytes: Uint8Array }

/** Collects contents that are to be stored. */
export interface NewContents {
  readonly objects: readonly NewObject[]
  add(bytes: Uint8Array): Oid
}

export function createContents(): NewContents {
  const objects: NewObject[] = []
  return {
    objects,
    add(bytes) {
      const oid = hashObject('blob', bytes)
      objects.push({ oid, type: 'blob', bytes })
      return oid
    },
  }
}

/** Writes files to the index and the work tree, as a checkout does where they are settled. Their contents are stored. */
export function writeOutcomes(top: string, outcomes: readonly FileOutcome[]): void {
  // The files first: an index that says more than they do would hide them.
  for (const outcome of outcomes)
    if (outcome.kind === 'open') writeFileSync(join(top, outcome.path), outcome.bytes)
  writeIndex(
    top,
    outcomes.map((outcome) => [outcome.path, outcome.kind === 'open' ? outcome.stages : outcome.entry]),
  )
  const settled = outcomes.flatMap((outcome) => (outcome.kind === 'settled' ? [outcome] : []))
  const there = settled.filter(({ entry }) => entry !== null)
  if (there.length > 0) {
    const paths = there.map(({ path }) => `${path}\0`).join('')
    runGit(top, ['checkout-index', '-f', '-q', '-u', '-z', '--stdin'], paths)
  }
  for (const { path, entry } of settled) if (entry === null) removeFile(top, path)
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
