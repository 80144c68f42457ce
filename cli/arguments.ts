import { parseArgs } from 'node:util'
import type { CommandSpec, OptionSpec } from './command-spec.ts'
import { UsageError } from './io.ts'
import { commonOptions } from './specs/shared.ts'

/** What was given to a command, checked against its table. */
export interface Arguments {
  /** An argument by its place; undefined when it was left out. */
  argument(place: number): string | undefined
  has(option: string): boolean
  value(option: string): string | undefined
  values(option: string): readonly string[]
}

/** Reads a command's arguments. Throws {@link UsageError}. */
export function readArguments(command: CommandSpec, argv: readonly string[]): Arguments {
  const options = [...command.options, ...commonOptions]
  const { values, positionals } = parse(options, argv)
  const given = new Map(Object.entries(values))
  for (const option of options) {
    const { name, choices } = option
    if (choices === undefined) continue
    const value = given.get(name)
    if (typeof value === 'string' && !choices.includes(value)) {
      throw new UsageError(`--${name} takes ${listOf(choices)}, not "${value}".`)
    }
  }
  if (given.get('help') !== true) checkPositionals(command, positionals)
  return {
    argument: (place) => positionals[place],
    has: (option) => given.get(option) === true,
    value(option) {
      const switched = options.find(({ name, means }) => means?.[0] === option && given.get(name) === true)
      const value = switched?.means?.[1] ?? given.get(option)
      return typeof value === 'string' ? value : undefined
    },
    values(option) {
      const value = given.get(option)
      return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
    },
  }
}

function parse(
  options: readonly OptionSpec[],
  argv: readonly string[],
): { readonly values: object; readonly positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: Object.fromEntries(
        options.map(({ name, short, value, repeat }) => [
          name,
          {
            type: value === undefined ? ('boolean' as const) : ('string' as const),
            ...(short === undefined ? {} : { short }),
            ...(repeat === true ? { multiple: true } : {}),
          },
        ]),
      ),
    })
  } catch (error) {
    // Node's own message is about its options; the first sentence is for people.
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${message.split(/\. To specify|\n/)[0]?.replace(/\.$/, '') ?? message}.`, {
      cause: error,
    })
  }
}

function checkPositionals(command: CommandSpec, positionals: readonly string[]): void {
  const extra = positionals[command.arguments.length]
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many.`)
  for (const [place, { name, required, choices, summary }] of command.arguments.entries()) {
    const value = positionals[place]
    if (value === undefined) {
      if (required === true)
        throw new UsageError(`<${name}> is missing: ${choices ? `${listOf(choices)}.` : summary}`)
    } else if (choices !== undefined && !choices.includes(value)) {
      throw new UsageError(`The ${name} is ${listOf(choices)}, not "${value}".`)
    }
  }
}

function listOf(choices: readonly string[]): string {
  return `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`
}

/** Splits `place=value` at the last `=`; without one it is a value for every place. */
export function splitPlace(text: string): { readonly place: string | undefined; readonly value: string } {
  const equals = text.lastIndexOf('=')
  return { place: equals === -1 ? undefined : text.slice(0, equals), value: text.slice(equals + 1) }
}
