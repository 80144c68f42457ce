import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What git is in the middle of. */
export type GitOperation = 'merge' | 'cherry-pick' | 'revert' | 'rebase'

const marks: readonly (readonly [file: string, operation: GitOperation])[] = [
  // A rebase picks commits: its own files come first.
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['MERGE_HEAD', 'merge'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
]

/** What was begun in a repository and not ended; null for nothing. */
export function operationIn(gitDir: string): GitOperation | null {
  return marks.find(([file]) => existsSync(join(gitDir, file)))?.[1] ?? null
}

/** The command that ends it when nothing is in conflict any more. */
export function endingOf(operation: GitOperation | null): string {
  return operation === null
    ? 'git commit'
    : operation === 'merge'
      ? 'git commit'
      : `git ${operation} --continue`
}
