import type { Oid } from '../../worker/git/objects/oid.ts'
import { runGit } from './run-git.ts'

/** A file in the index: its mode as git writes it, and its content. */
export interface IndexEntry {
  readonly mode: string
  readonly oid: Oid
}

/** The versions of a file that a merge left: stages 1, 2 and 3 of the index, where they are there. */
export interface Stages {
  readonly base?: IndexEntry
  readonly ours?: IndexEntry
  readonly theirs?: IndexEntry
}

/** A file in conflict. */
export interface UnmergedFile {
  /** From the top of the work tree. */
  readonly path: string
  readonly stages: Stages
}

const sideOfStage: Readonly<Record<string, keyof Stages>> = { 1: 'base', 2: 'ours', 3: 'theirs' }
const stageOfSide: Readonly<Record<keyof Stages, number>> = { base: 1, ours: 2, theirs: 3 }
const noOid = '0'.repeat(40)

/** The files in conflict, in the order of the index. */
export function readUnmerged(top: string): readonly UnmergedFile[] {
  const files = new Map<string, { [Side in keyof Stages]: IndexEntry }>()
  for (const line of new TextDecoder().decode(runGit(top, ['ls-files', '-u', '-z'])).split('\0')) {
    const [, mode, oid, stage, path] = /^(\d+) ([0-9a-f]{40}) ([123])\t(.*)$/s.exec(line) ?? []
    const side = sideOfStage[stage ?? '']
    if (mode === undefined || side === undefined || path === undefined) continue
    files.set(path, { ...files.get(path), [side]: { mode, oid: oid as Oid } }) // checked by the pattern
  }
  return Array.from(files, ([path, stages]) => ({ path, stages }))
}

/**
 * Puts files into the index as they are settled (null: deleted), or with the versions of a conflict. `index`: the file
 * of another index.
 */
export function writeIndex(
  top: string,
  files: Iterable<readonly [path: string, entry: IndexEntry | Stages | null]>,
  index?: string,
): void {
  const lines: string[] = []
  for (const [path, entry] of files) {
    lines.push(`0 ${noOid}\t${path}`)
    if (entry === null) continue
    if ('oid' in entry) lines.push(`${entry.mode} ${entry.oid}\t${path}`)
    else
      for (const side of ['base', 'ours', 'theirs'] as const) {
        const version = entry[side]
        if (version) lines.push(`${version.mode} ${version.oid} ${stageOfSide[side]}\t${path}`)
      }
  }
  if (lines.length === 0) return
  const env = index === undefined ? undefined : { GIT_INDEX_FILE: index }
  runGit(top, ['update-index', '-z', '--index-info'], `${lines.join('\0')}\0`, env)
}
