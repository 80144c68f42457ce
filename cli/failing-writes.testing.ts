import childProcess from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** How a write ends: it fails and the program goes on, or the program ends in the middle of it. */
export type Failure = 'fails' | 'dies'

/** What git does without changing anything. */
const reading = new Set([
  'rev-parse',
  'var',
  'diff-index',
  'diff-tree',
  'hash-object',
  'cat-file',
  'ls-files',
  'merge-file',
  'merge-tree',
  'symbolic-ref',
])

/**
 * Runs something that changes a repository, and ends the write of this number (from 1): files of the repository that are
 * written, renamed, copied or removed, and runs of git that change something. Once it died no write happens any more.
 * Answers whether there was such a write.
 */
export async function withFailingWrite(
  top: string,
  at: number,
  failure: Failure,
  run: () => Promise<unknown>,
): Promise<boolean> {
  const { writeFileSync, renameSync, rmSync, copyFileSync } = fs
  const { spawnSync } = childProcess
  let count = 0
  const isOver = (): boolean => failure === 'dies' && count >= at
  /** `half`: what a write that is cut short does. */
  const guard = (half: () => void = () => {}): void => {
    if (isOver()) throw new Error('Dead')
    if (++count !== at) return
    if (failure === 'dies') half()
    throw new Error('This write fails')
  }
  const isInside = (file: unknown): boolean => String(file).startsWith(top)
  fs.writeFileSync = (file, data, options) => {
    // A lock is short enough to be there as a whole.
    const half = (): void => {
      if (!options && typeof data === 'string') writeFileSync(file, data.slice(0, data.length / 2))
    }
    if (isInside(file)) guard(half)
    writeFileSync(file, data, options)
  }
  fs.renameSync = (from, to) => {
    guard()
    renameSync(from, to)
  }
  fs.rmSync = (file, options) => {
    if (isInside(file)) guard()
    rmSync(file, options)
  }
  fs.copyFileSync = (from, to) => {
    guard()
    copyFileSync(from, to)
  }
  const spawn = (
    command: string,
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; input?: string },
  ): unknown => {
    if (!reading.has(args[0] ?? '') || isOver()) {
      const index = options.env?.['GIT_INDEX_FILE']
      guard(() => {
        if (args[0] === 'checkout-index' && index !== undefined && typeof options.input === 'string') {
          // Half of the files are written, and no index.
          const before = fs.readFileSync(index)
          const files = options.input.split('\0').filter(Boolean)
          const input = files
            .slice(0, files.length / 2)
            .map((file) => `${file}\0`)
            .join('')
          spawnSync(command, args, { ...options, input })
          writeFileSync(index, before)
        }
        if (args[0] !== 'read-tree' || args.includes('-n') || index === undefined) return
        // Every other file is written, one of them to its half, and no index.
        const before = fs.readFileSync(index)
        spawnSync(command, args, options)
        writeFileSync(index, before)
        const changed = spawnSync('git', ['diff', '--name-only', 'HEAD', String(args.at(-1))], { cwd: top })
        const files = changed.stdout.toString().split('\n').filter(Boolean)
        files.forEach((file, place) => {
          const path = `${top}/${file}`
          if (place % 2 === 1) {
            rmSync(path, { force: true })
            spawnSync('git', ['checkout-index', '-f', '-q', file], { cwd: top })
          } else if (place === 0 && fs.existsSync(path)) {
            const text = fs.readFileSync(path)
            writeFileSync(path, text.subarray(0, text.length / 2))
          }
        })
      })
    }
    return spawnSync(command, args, options)
  }
  Object.assign(childProcess, { spawnSync: spawn })
  syncBuiltinESMExports()
  try {
    await run()
  } finally {
    Object.assign(fs, { writeFileSync, renameSync, rmSync, copyFileSync })
    Object.assign(childProcess, { spawnSync })
    syncBuiltinESMExports()
  }
  return count >= at
}
