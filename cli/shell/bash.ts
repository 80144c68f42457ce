import type { CommandSpec } from '../command-spec.ts'
import { commands } from '../commands.ts'
import { commonOptions } from '../specs/shared.ts'

/** The completion script of bash: `source <(espalier completion bash)`. */
export function bashCompletion(): string {
  return `# Completion of espalier for bash. Load it with: source <(espalier completion bash)
_espalier() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  # bash takes --format=json apart at the sign.
  if [[ $cur == '=' ]]; then cur=''
  elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W '${[...commands.map(({ name }) => name), 'help', '--help', '--version'].join(' ')}' -- "$cur"))
    return
  fi
  case "$command $prev" in
${commands.flatMap(valueCases).join('')}  esac
  case "$command" in
${commands.map(wordCase).join('')}    help) COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$cur")) ;;
  esac
}
complete -o filenames -F _espalier espalier
`
}

function valueCases({ name, options }: CommandSpec): readonly string[] {
  return options.flatMap((option) => {
    if (option.value === undefined) return []
    const flags = [`--${option.name}`, ...(option.short === undefined ? [] : [`-${option.short}`])]
    const patterns = flags.map((flag) => `'${name} ${flag}'`).join('|')
    const words = option.choices && `-W '${option.choices.join(' ')}'`
    const source = words ?? flagOf(option.completes)
    return [
      `    ${patterns}) ${source === undefined ? '' : `COMPREPLY=($(compgen ${source} -- "$cur")); `}return ;;\n`,
    ]
  })
}

function wordCase({ name, options, arguments: places }: CommandSpec): string {
  const flags = [...options, ...commonOptions].map((option) => `--${option.name}`).join(' ')
  const choices = places.flatMap((place) => place.choices ?? [])
  const sources = [
    ...(choices.length === 0 ? [] : [`-W '${choices.join(' ')}'`]),
    ...new Set(places.flatMap((place) => flagOf(place.completes) ?? [])),
  ]
  const words = sources.map((source) => `$(compgen ${source} -- "$cur")`).join(' ')
  return (
    `    ${name})\n` +
    `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${flags}' -- "$cur"))\n` +
    `      else COMPREPLY=(${words}); fi ;;\n`
  )
}

function flagOf(completes: 'files' | 'folders' | undefined): string | undefined {
  return completes === undefined ? undefined : completes === 'files' ? '-f' : '-d'
}
