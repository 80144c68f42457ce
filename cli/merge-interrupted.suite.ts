import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { git } from '../test/support/git-repositories.ts'
import { withFailingWrite, type Failure } from './failing-writes.testing.ts'
import { cities, folder, foot, fork, fr, ie, type Edits } from './merge-repository.testing.ts'
import { runCli, type CliOutcome } from './run.testing.ts'

const ours: Edits = {
  [ie]: ['5262382', '1'],
  [cities]: ['berlin,de,1', 'berlin,de,8'],
  'units/$records/inch.yaml': 'symbol: in\n',
}
const theirs: Edits = {
  [fr]: ['"France"', '"Frankreich"'],
  [cities]: ['hamburg,de,2', 'hamburg,de,9'],
  [foot]: null,
  'units/$records/yard.yaml': 'symbol: yd\n',
  'docs/new/page.txt': 'A page\n',
}

interface State {
  readonly refs: string
  readonly index: string
  readonly status: string
  readonly notes: readonly (readonly string[])[]
  readonly files: readonly (readonly string[])[]
}

/** Everything that a merge may change. ORIG_HEAD stays behind, as git leaves it too. */
export function stateOf(top: string): State {
  const notes = readdirSync(join(top, '.git')).filter((name) => /MERGE|lock|espalier/.test(name))
  const files = readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !`${entry.parentPath}/`.startsWith(`${join(top, '.git')}/`))
    .map(({ parentPath, name }) => join(parentPath, name))
  return {
    refs: git(top, 'for-each-ref', '--format=%(refname) %(tree) %(parent)'),
    index: git(top, 'ls-files', '-s'),
    status: git(top, 'status', '--porcelain', '-uall'),
    notes: notes.sort().map((name) => [name, readFileSync(join(top, '.git', name), 'utf8')]),
    files: files.sort().map((file) => [file.slice(top.length), readFileSync(file, 'utf8')]),
  }
}

interface Scenario {
  readonly template: string
  /** The database's folder in it. */
  readonly below: string
  readonly before: State
  /** What `espalier merge` leaves. */
  readonly after: State
}

let copies = 0
function copyOf({ template, below }: Pick<Scenario, 'template' | 'below'>): {
  readonly top: string
  readonly path: string
} {
  const top = join(folder.path, `copy-${++copies}`)
  cpSync(template, top, { recursive: true })
  return { top, path: join(top, below) }
}

const merge = (path: string): Promise<CliOutcome> => runCli(path, ['merge', 'draft'])

/** A merge with work beside it that is not committed. */
export async function scenario(mine: Edits, other: Edits, below: string): Promise<Scenario> {
  const template = join(fork(mine, other, below), below === '' ? '.' : '..')
  writeFileSync(join(template, below, 'notes.txt'), 'not committed\n')
  mkdirSync(join(template, 'own'))
  writeFileSync(join(template, 'own/file.txt'), 'not added\n')
  const { top, path } = copyOf({ template, below })
  const before = stateOf(top)
  const { err } = await merge(path)
  expect(err).toBe('')
  return { template, below, before, after: stateOf(top) }
}

/** Interrupts each write of a merge in turn, and answers how many there are. */
async function interruptEach(
  { template, below, after }: Scenario,
  failure: Failure,
  check: (top: string, path: string, at: number) => Promise<void>,
  step = 1,
): Promise<number> {
  for (let at = step; ; at += step) {
    const { top, path } = copyOf({ template, below })
    if (!(await withFailingWrite(top, at, failure, () => merge(path)))) {
      expect(stateOf(top)).toEqual(after)
      return at - 1
    }
    await check(top, path, at)
  }
}

const isBegun = (top: string): boolean =>
  existsSync(join(top, '.git/MERGE_HEAD')) && !existsSync(join(top, '.git/index.lock'))

const conflicting: Edits = { ...theirs, [ie]: ['5262382', '2'] }

/** What is merged: with conflicts or without, at the top of the repository or below. */
export const interruptedMerges: Readonly<
  Record<'conflicts' | 'clean' | 'below' | 'mixed', readonly [ours: Edits, theirs: Edits, below: string]>
> = {
  conflicts: [ours, conflicting, ''],
  clean: [ours, theirs, ''],
  below: [ours, conflicting, 'data'],
  // In conflict: a row, a field, a record that one side deleted.
  mixed: [
    { ...ours, [foot]: ['"ft"', '"feet"'] },
    { ...conflicting, [cities]: ['berlin,de,1', 'berlin,de,9'] },
    '',
  ],
}

/** The merge ends with its process at each write in turn: it is taken back, or goes on. `step`: 1 for each of them. */
export async function endAtEachWrite(kind: keyof typeof interruptedMerges, step = 1): Promise<void> {
  const prepared = await scenario(...interruptedMerges[kind])
  const { before, after } = prepared
  const check = async (top: string, path: string, at: number): Promise<void> => {
    if ((at / step) % 2 === 0) {
      await runCli(path, ['merge', '--abort'])
      expect(stateOf(top), `write ${at}`).toEqual(before)
    }
    const isCut = !isBegun(top)
    if (isCut) await merge(path)
    if (isBegun(top) && git(top, 'ls-files', '-u') === '') git(top, 'commit', '-q', '--no-edit')
    if (isCut) expect(stateOf(top), `write ${at}`).toEqual(after)
    else expect(stateOf(top).files, `write ${at}`).toEqual(after.files)
  }
  expect(await interruptEach(prepared, 'dies', check, step)).toBeGreaterThan(10)
}

/** One write after another fails: the merge takes itself back. `step`: 1 for each, 3 for every third. */
export async function failAtEachWrite(step: number): Promise<void> {
  const prepared = await scenario(...interruptedMerges.conflicts)
  const check = async (top: string, path: string, at: number): Promise<void> => {
    // What fails after that comes too late.
    if (existsSync(join(top, '.git/MERGE_HEAD')))
      expect((await runCli(path, ['merge', '--abort'])).code, `write ${at}`).toBe(0)
    expect(stateOf(top), `write ${at}`).toEqual(prepared.before)
  }
  await interruptEach(prepared, 'fails', check, step)
}

/**
 * A decision about all conflicts ends with its process at each write in turn: until it is made git commits nothing, the
 * merge can be aborted, and made again it is the same. `step`: 1 for each of them.
 */
export async function endAtEachWriteOfDecisions(step = 1): Promise<void> {
  const { template, below, before } = await scenario(...interruptedMerges.mixed)
  const merged = copyOf({ template, below })
  await merge(merged.path)
  const decide = (path: string): Promise<CliOutcome> =>
    runCli(path, ['conflicts', 'resolve', '--take', 'theirs'])
  const decided = copyOf({ template: merged.top, below })
  expect((await decide(decided.path)).err).toBe('')
  const after = stateOf(decided.top)
  expect(git(decided.top, 'ls-files', '-u')).toBe('')
  for (let at = step; ; at += step) {
    const { top, path } = copyOf({ template: merged.top, below })
    if (!(await withFailingWrite(top, at, 'dies', () => decide(path)))) {
      expect(at - 1).toBeGreaterThan(5)
      return
    }
    const isDecided = git(top, 'ls-files', '-u') === ''
    if (!isDecided) {
      expect(() => git(top, 'commit', '-q', '-m', 'Half'), `write ${at}`).toThrow(/unmerged|index\.lock/)
      expect((await decide(path)).err, `write ${at}`).toBe('')
    }
    // It was the last write.
    if (isDecided) expect((await runCli(path, ['conflicts'])).code).toBe(0)
    expect(stateOf(top).files, `write ${at}`).toEqual(after.files)
    expect(stateOf(top).index, `write ${at}`).toEqual(after.index)
    git(top, 'merge', '--abort')
    expect(stateOf(top).files, `write ${at}`).toEqual(before.files)
  }
}
