import type { CommandSpec } from '../command-spec.ts'
import { commands } from '../commands.ts'
import { commonOptions } from '../specs/shared.ts'

/** The completion script of fish: `espalier completion fish > ~/.config/fish/completions/espalier.fish`. */
export function fishCompletion(): string {
  return [
    '# Completion of espalier for fish. Save it as ~/.config/fish/completions/espalier.fish\n',
    'complete -c espalier -f\n',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c espalier -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}\n`,
    ),
    `complete -c espalier -n __fish_use_subcommand -l version -d 'Show the version.'\n`,
    ...commands.flatMap(commandLines),
  ].join('')
}

function commandLines({ name, options, arguments: places }: CommandSpec): readonly string[] {
  const head = `complete -c espalier -n '__fish_seen_subcommand_from ${name}'`
  return [
    ...[...options, ...commonOptions].map((option) => {
      const short = option.short === undefined ? '' : ` -s ${option.short}`
      return `${head}${short} -l ${option.name}${option.value === undefined ? '' : valueOf(option)} -d ${quoted(option.summary)}\n`
    }),
    ...places.flatMap(({ choices, completes }) => [
      ...(choices === undefined ? [] : [`${head} -a ${quoted(choices.join(' '))}\n`]),
      ...(completes === undefined
        ? []
        : [`${head} ${completes === 'files' ? '-F' : "-a '(__fish_complete_directories)'"}\n`]),
    ]),
  ]
}

function valueOf({ choices, completes }: CommandSpec['options'][number]): string {
  if (choices) return ` -x -a ${quoted(choices.join(' '))}`
  if (completes === 'files') return ' -r -F'
  return completes === 'folders' ? " -x -a '(__fish_complete_directories)'" : ' -x'
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
