import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { commitAll, git } from '../test/support/git-repositories.ts'
import { eachOnDatabase } from './database.testing.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  readonly with?: Readonly<Record<string, string>>
}

const root = resolve(import.meta.dirname, '..')
const action = parse(readFileSync(join(root, 'action.yml'), 'utf8')) as {
  readonly inputs: Readonly<Record<string, { readonly default: string; readonly description: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}
const workflow = parse(readFileSync(join(root, 'docs/examples/validate-pull-request.yml'), 'utf8')) as {
  readonly jobs: { readonly validate: { readonly steps: readonly Step[] } }
}

const database = eachOnDatabase({ inGit: true })

beforeEach(() => {
  // In place of npx and the published package: the command line of these sources.
  const bin = join(database.folder, 'bin')
  const tsx = new URL(import.meta.resolve('tsx')).href
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'npx'),
    `#!/usr/bin/env bash\n[ "$1" = --yes ] && [ "$2" = espalier@latest ] || exit 99\nshift 2\n` +
      `exec '${process.execPath}' --import '${tsx}' '${join(root, 'cli/main.ts')}' "$@"\n`,
  )
  chmodSync(join(bin, 'npx'), 0o755)
})

/** Runs the action's scripts as a runner does: inputs in place of their expressions, each script in bash. */
function runAction(inputs: Readonly<Record<string, string>>): {
  readonly code: number | null
  readonly out: string
} {
  let out = ''
  for (const { run, env = {} } of action.runs.steps) {
    if (run === undefined) continue
    const values = Object.fromEntries(
      Object.entries(env).map(([name, text]) => [
        name,
        text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input: string) => {
          const value = inputs[input] ?? action.inputs[input]?.default
          if (value === undefined) throw new Error(`The action has no input ${input}.`)
          return value
        }),
      ]),
    )
    const outcome = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: database.path,
      encoding: 'utf8',
      env: { ...values, PATH: `${join(database.folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` },
    })
    out += outcome.stdout + outcome.stderr
    if (outcome.status !== 0) return { code: outcome.status, out }
  }
  return { code: 0, out }
}

test('a pull request is checked from its base to its head: old faults are passed over, new ones annotated', () => {
  database.write({ 'units/$records/inch.yaml': 'symbol: 5\n' })
  const base = commitAll(database.path, 'An old fault')
  git(database.path, 'switch', '-q', '-c', 'feature')
  database.write({ 'geo/countries/$records/ie.json': '{\n  "name": 5\n}\n' })
  const head = commitAll(database.path, 'A new fault')
  git(database.path, 'switch', '-q', 'main')

  const { code, out } = runAction({ from: base, to: head })
  expect(code).toBe(1)
  const annotations = out.split('\n').filter((line) => line.startsWith('::'))
  expect(annotations).toEqual([
    expect.stringMatching(/^::error file=geo\/countries\/\$records\/ie\.json,line=2,/),
  ])
  expect(runAction({}).out).toContain('file=units/$records/inch.yaml')
})

test('a valid database passes, and hostile inputs run nothing', () => {
  expect(runAction({})).toEqual({ code: 0, out: 'Valid: 2 collections, 5 records, no issues.\n' })
  const { code, out } = runAction({ from: '$(touch forged)"; touch forged; "', to: '--write' })
  expect(code).toBe(3)
  expect(out).toContain('git/ref-missing')
  expect(git(database.path, 'status', '--porcelain')).toBe('')
})

test('inputs reach the scripts as variables only, and each is described', () => {
  for (const { run } of action.runs.steps) expect(run ?? '').not.toContain('${{')
  for (const { description } of Object.values(action.inputs)) expect(description).not.toBe('')
  expect(action.runs.using).toBe('composite')
})

test('the example gives the action inputs that it has', () => {
  const used = workflow.jobs.validate.steps.filter(({ uses }) => uses?.includes('/espalier@'))
  expect(used).toHaveLength(2)
  for (const step of used)
    for (const input of Object.keys(step.with ?? {})) expect(Object.keys(action.inputs)).toContain(input)
})
