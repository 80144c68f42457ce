import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { commands } from './commands.ts'
import { runCli } from './run.testing.ts'
import { commonOptions } from './specs/shared.ts'

const here = import.meta.dirname

test('help lists every command, and that of a command each of its options and examples', async () => {
  const program = await runCli(here, ['--help'])
  expect(program).toMatchObject({ code: 0, err: '' })
  for (const { name, summary, options, examples } of commands) {
    expect(program.out).toContain(summary)
    for (const argv of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
    ]) {
      const { code, out } = await runCli(here, argv)
      expect(code).toBe(0)
      for (const option of [...options, ...commonOptions]) expect(out).toContain(`--${option.name}`)
      for (const example of examples) expect(out).toContain(example)
    }
  }
})

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(resolve(here, '../package.json'), 'utf8')) as {
    version: string
  }
  expect(await runCli(here, ['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

test('wrong usage exits with 2 and says what to write instead', async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /Usage: espalier <command>/],
    [['valdate'], /no command "valdate".*validate/],
    [['validate', '--form', 'json'], /--form/],
    [['validate', '--format', 'xml'], /--format takes text, json or github, not "xml"/],
    [['validate', '--format'], /--format/],
    [['validate', 'a', 'b'], /"b" is one argument too many/],
    [['validate', 'a', '--database', 'b'], /once/],
    [['validate', '--to', 'main'], /--to needs --from/],
    [['types', '--check'], /--check needs --out/],
    [['describe', '--json-schema'], /needs a collection/],
    [['schema'], /<action> is missing: plan, apply or split\./],
    [['schema', 'drop', 'x'], /plan, apply or split, not "drop"/],
    [['schema', 'plan', 'x.json', '--write'], /plan writes nothing/],
    [['completion'], /bash, zsh or fish/],
    [['init', '--infer', '--example'], /Choose one/],
    [['init', '--write'], /--infer/],
  ]
  for (const [argv, message] of wrong) {
    const { code, out, err } = await runCli(here, argv)
    expect(code, argv.join(' ')).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(message)
  }
})

test('colours are for terminals, and go with NO_COLOR, --no-color and TERM=dumb', async () => {
  const escape = '\u001B['
  const wrong = ['valdate']
  const colored = async (
    argv: readonly string[],
    env: Record<string, string>,
    isTerminal: boolean,
  ): Promise<boolean> => (await runCli(here, argv, { env, isTerminal })).err.includes(escape)
  expect(await colored(wrong, {}, true)).toBe(true)
  expect(await colored(wrong, {}, false)).toBe(false)
  expect(await colored(wrong, { FORCE_COLOR: '1' }, false)).toBe(true)
  expect(await colored(wrong, { NO_COLOR: '1' }, true)).toBe(false)
  expect(await colored(wrong, { TERM: 'dumb' }, true)).toBe(false)
  expect(await colored([...wrong, '--no-color'], {}, true)).toBe(false)
})

test('the program itself runs: output, exit code, and a reader that stops early', () => {
  const main = resolve(here, 'main.ts')
  const tsx = new URL(import.meta.resolve('tsx')).href
  const run = (command: string): string =>
    execFileSync('bash', ['-c', `'${process.execPath}' --import '${tsx}' '${main}' ${command}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  expect(run('--version')).toMatch(/^\d+\.\d+\.\d+/)
  expect(run('nothing 2>/dev/null; echo $?')).toBe('2\n')
  expect(run('completion bash | head -n 1; echo "${PIPESTATUS[0]}"')).toMatch(/espalier for bash.*\n0\n$/s)
})

/** What bash offers for a line that is being typed, with the script loaded as users load it. */
function complete(script: string, words: readonly string[], folder = here): readonly string[] {
  const list = words.map((word) => `'${word}'`).join(' ')
  const program = `${script}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _espalier; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8', cwd: folder })
    .split('\n')
    .filter((word) => word !== '')
}

test('bash completes commands, options, choices, files and folders', async () => {
  const script = (await runCli(here, ['completion', 'bash'])).out
  expect(complete(script, ['espalier', 'val'])).toEqual(['validate'])
  expect(complete(script, ['espalier', 'validate', '--f'])).toEqual(['--from', '--format'])
  expect(complete(script, ['espalier', 'validate', '--format', ''])).toEqual(['text', 'json', 'github'])
  expect(complete(script, ['espalier', 'validate', '--format', '=', 'gi'])).toEqual(['github'])
  expect(complete(script, ['espalier', 'completion', ''])).toEqual(['bash', 'zsh', 'fish'])
  expect(complete(script, ['espalier', 'types', '--out', 'ma'])).toEqual(['main.ts'])
  expect(complete(script, ['espalier', 'validate', 'rep'])).toEqual(['report'])
  expect(complete(script, ['espalier', 'validate', '--from', ''])).toEqual([])
})

test('every shell is told of every command and option', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = await runCli(here, ['completion', shell])
    expect(code).toBe(0)
    for (const { name, options } of commands) {
      expect(out).toContain(name)
      for (const option of options)
        expect(out, `${shell} ${name}`).toMatch(new RegExp(`(?:--|-l )${option.name}\\b`))
    }
    // Quotes are even: nothing of a summary ends its string.
    expect(out.replaceAll(/\\'/g, '').split("'").length % 2, shell).toBe(1)
  }
})
