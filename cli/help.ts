import type { CommandSpec, OptionSpec } from './command-spec.ts'
import { commands } from './commands.ts'
import { commonOptions } from './specs/shared.ts'

/** The help of the program. */
export function programHelp(): string {
  return [
    'espalier: databases of plain-text records in git.\n',
    'Usage: espalier <command> [options]\n',
    'Commands:',
    table(commands.map(({ name, summary }) => [name, summary])),
    'Options:',
    table([...commonOptions.map(optionRow), ['--version', 'Show the version.']]),
    'Exit codes: 0 nothing is wrong, 1 issues or a refused change, 2 wrong usage, 3 the database cannot be opened.',
    'ESPALIER_USERNAME and ESPALIER_TOKEN hold the credentials of a remote that asks for them.',
    'More: espalier <command> --help\n',
  ].join('\n')
}

/** The help of one command. */
export function commandHelp(command: CommandSpec): string {
  const { name, summary, details = [], options, examples } = command
  const places = command.arguments.map(({ name, required }) => (required ? `<${name}>` : `[${name}]`))
  return [
    `${summary}\n`,
    `Usage: ${['espalier', name, ...places, '[options]'].join(' ')}\n`,
    ...details.map((text) => `${text}\n`),
    ...(command.arguments.length === 0
      ? []
      : ['Arguments:', table(command.arguments.map((each) => [each.name, withChoices(each)]))]),
    'Options:',
    table([...options, ...commonOptions].map(optionRow)),
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}

function optionRow(option: OptionSpec): readonly [string, string] {
  const { name, short, value } = option
  const flags = `${short === undefined ? '' : `-${short}, `}--${name}`
  return [value === undefined ? flags : `${flags} <${value}>`, withChoices(option)]
}

function withChoices({
  summary,
  choices,
}: {
  readonly summary: string
  readonly choices?: readonly string[]
}): string {
  return choices === undefined ? summary : `${summary} (${choices.join(', ')})`
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
}
