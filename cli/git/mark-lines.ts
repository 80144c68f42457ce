import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tryGit } from './run-git.ts'

/** Three versions of a file's bytes. */
export interface Versions {
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

/** A file as git leaves it: `conflicts` places have marks; null where lines cannot be told apart (binary files). */
export interface MarkedLines {
  readonly bytes: Uint8Array
  readonly conflicts: number | null
}

/** Merges versions by lines as git does, with marks where they conflict. */
export function markLines(
  top: string,
  versions: Versions,
  labels: Readonly<Record<keyof Versions, string>>,
): MarkedLines {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-merge-'))
  try {
    const sides = ['ours', 'base', 'theirs'] as const
    for (const side of sides) writeFileSync(join(folder, side), versions[side])
    const named = sides.flatMap((side) => ['-L', labels[side]])
    const files = sides.map((side) => join(folder, side))
    const { status, out } = tryGit(top, ['merge-file', '-p', ...named, ...files])
    // The number of conflicts; more than 127 is a failure.
    return status > 127 ? { bytes: versions.ours, conflicts: null } : { bytes: out, conflicts: status }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
