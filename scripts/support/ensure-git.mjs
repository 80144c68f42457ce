import { spawnSync } from 'node:child_process'
import { Stop } from './run.mjs'

/** True when the `git` program runs on this machine. */
export function hasGit() {
  return spawnSync('git', ['--version'], { stdio: 'ignore' }).status === 0
}

/** Stops with the way out when there is no `git`: the tests use it as their oracle. */
export function requireGit() {
  if (hasGit()) return
  throw new Stop(
    'The tests compare with native git and no `git` program was found. Install git and run again.',
  )
}
