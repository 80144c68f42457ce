import type { ArgumentSpec, CommandSpec, OptionSpec } from '../command-spec.ts'
import { commands } from '../commands.ts'
import { commonOptions } from '../specs/shared.ts'

/** The completion script of zsh: a file `_espalier` in a folder of `$fpath`. */
export function zshCompletion(): string {
  return `#compdef espalier
# Completion of espalier for zsh. Save it as _espalier in a folder of $fpath.
_espalier() {
  local line state
  _arguments -C '1: :->command' '*:: :->rest'
  case $state in
    command)
      local -a commands=(
${commands.map(({ name, summary }) => `        ${quoted(`${name}:${escaped(summary)}`)}\n`).join('')}      )
      _describe command commands
      ;;
    rest)
      case $line[1] in
${commands.map(commandCase).join('')}      esac
      ;;
  esac
}
_espalier "$@"
`
}

function commandCase({ name, options, arguments: places }: CommandSpec): string {
  const specs = [
    ...[...options, ...commonOptions].flatMap(optionSpecs),
    ...places.map((place, at) => quoted(`${at + 1}:${escaped(place.name)}:${actionOf(place)}`)),
  ]
  return `        ${name})\n          _arguments \\\n${specs.map((spec) => `            ${spec}`).join(' \\\n')}\n          ;;\n`
}

function optionSpecs(option: OptionSpec): readonly string[] {
  const { name, short, value, repeat, summary } = option
  const argument = value === undefined ? '' : `:${escaped(value)}:${actionOf(option)}`
  const flags = [`--${name}${value === undefined ? '' : '='}`, ...(short === undefined ? [] : [`-${short}`])]
  return flags.map((flag) => quoted(`${repeat ? '*' : ''}${flag}[${escaped(summary)}]${argument}`))
}

function actionOf({ choices, completes }: Pick<ArgumentSpec, 'choices' | 'completes'>): string {
  if (choices) return `(${choices.join(' ')})`
  return completes === undefined ? ' ' : completes === 'files' ? '_files' : '_files -/'
}

function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
