import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { GitError } from './run-git.ts'

/** Who holds git's lock of an index: nobody, another program, or a run of this one. */
export type LockHolder = 'nobody' | 'other' | { readonly pid: number }

const mark = 'espalier '

export function lockFileOf(index: string): string {
  return `${index}.lock`
}

/**
 * Takes git's lock of an index, so that nothing else writes that index until it is released: for changes that take
 * several steps. Throws `GitError` when somebody else has it.
 */
export function takeIndexLock(index: string): void {
  try {
    writeFileSync(lockFileOf(index), `${mark}${process.pid}\n`, { flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    throw new GitError(
      `${lockFileOf(index)} exists: another program writes the index. If none does any more, remove the file.`,
      { cause: error },
    )
  }
}

export function releaseIndexLock(index: string): void {
  rmSync(lockFileOf(index), { force: true })
}

export function indexLockHolder(index: string): LockHolder {
  let text: string
  try {
    text = readFileSync(lockFileOf(index), 'latin1')
  } catch {
    return 'nobody'
  }
  return text.startsWith(mark) ? { pid: Number(text.slice(mark.length)) } : 'other'
}

/** Whether a process runs, other than this one. */
export function isRunning(pid: number): boolean {
  if (pid === process.pid || !Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
