import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { commitAll, git } from '../test/support/git-repositories.ts'
import { withFailingWrite } from './failing-writes.testing.ts'
import {
  endAtEachWrite,
  endAtEachWriteOfDecisions,
  failAtEachWrite,
  interruptedMerges,
  stateOf,
} from './merge-interrupted.suite.ts'
import { cities, folder, foot, fork, read } from './merge-repository.testing.ts'
import { runCli } from './run.testing.ts'

afterAll(() => folder.remove())

test('a merge that ends with its process at any of its writes is taken back, or goes on', () =>
  endAtEachWrite('conflicts', 4))

test('a merge takes itself back when a write fails', () => failAtEachWrite(5))

test('decisions that end with their process are made again, or the merge is aborted', () =>
  endAtEachWriteOfDecisions(3))

/** Kills `espalier merge`, and the git that it runs, when this file is to be written. */
async function killAt(path: string, file: string): Promise<void> {
  git(path, 'config', 'filter.kill.smudge', 'kill -9 0')
  writeFileSync(join(path, '.git/info/attributes'), `${file} filter=kill\n`)
  const tsx = new URL(import.meta.resolve('tsx')).href
  const main = resolve(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, ['--import', tsx, main, 'merge', 'draft'], {
    cwd: path,
    detached: true,
    stdio: 'ignore',
  })
  const [, signal] = (await once(child, 'exit')) as [unknown, unknown]
  expect(signal).toBe('SIGKILL')
  git(path, 'config', '--unset', 'filter.kill.smudge')
}

test('a killed process leaves a merge that nothing but its end can come after', async () => {
  const path = fork(...interruptedMerges.conflicts)
  const before = stateOf(path)
  await killAt(path, 'docs/new/page.txt')
  expect(read(path, cities)).toContain('hamburg,de,9')
  expect(existsSync(join(path, foot))).toBe(false)
  // Nobody commits half of it.
  expect(() => git(path, 'commit', '-q', '-a', '-m', 'Half')).toThrow('index.lock')
  expect(await runCli(path, ['conflicts'])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('(merge/in-progress)'),
  })
  expect(await runCli(path, ['merge', '--abort'])).toEqual({
    code: 0,
    out: 'The merge was taken back.\n',
    err: '',
  })
  expect(stateOf(path)).toEqual(before)
  expect(await runCli(path, ['merge', '--abort'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('(merge/not-started)'),
  })
})

test('what was written after the merge was interrupted is not taken back', async () => {
  const path = fork(...interruptedMerges.conflicts)
  // The work tree is written, the index is not.
  await withFailingWrite(path, 7, 'dies', () => runCli(path, ['merge', 'draft']))
  expect(read(path, cities)).toContain('hamburg,de,9')
  writeFileSync(join(path, cities), 'by hand\n')
  expect(await runCli(path, ['merge', 'draft'])).toMatchObject({
    code: 1,
    err: expect.stringContaining(`${cities} was edited`),
  })
  expect(read(path, cities)).toBe('by hand\n')
  // A commit is the end of it, where somebody removed the lock.
  rmSync(join(path, '.git/index.lock'))
  commitAll(path, 'By hand')
  expect((await runCli(path, ['merge', 'draft'])).out).toContain('in conflict')
  expect(readdirSync(join(path, '.git')).filter((name) => /lock|espalier/.test(name))).toEqual([])
})
