import { spawnSync } from 'node:child_process'

/** What a run of git gave. */
export interface GitRun {
  readonly status: number
  readonly out: Uint8Array
  readonly err: string
}

/** What git could not do, in its words or about it. */
export class GitError extends Error {}

/** Runs git in a folder and answers what it did, also when it failed; `env` is added to the environment. Throws {@link GitError} when there is no git. */
export function tryGit(
  cwd: string,
  args: readonly string[],
  input?: string | Uint8Array,
  env?: Readonly<Record<string, string>>,
): GitRun {
  const { status, stdout, stderr, error } = spawnSync('git', args, {
    cwd,
    maxBuffer: 1 << 30,
    ...(input === undefined ? {} : { input }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  })
  if (error) throw new GitError(`git cannot be run: ${error.message}`, { cause: error })
  // No status: a signal ended it.
  return { status: status ?? 128, out: stdout, err: stderr.toString('utf8').trim() }
}

/** Runs git in a folder and answers its output. Throws {@link GitError} with what git says when it fails. */
export function runGit(
  cwd: string,
  args: readonly string[],
  input?: string | Uint8Array,
  env?: Readonly<Record<string, string>>,
): Uint8Array {
  const { status, out, err } = tryGit(cwd, args, input, env)
  if (status === 0) return out
  throw new GitError(`git ${args[0] ?? ''} failed: ${err || `it ended with ${status}`}`)
}

/** The output of git as one line of text. */
export function lineOf(out: Uint8Array): string {
  return new TextDecoder().decode(out).trim()
}
