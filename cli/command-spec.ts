/** One option of a command. */
export interface OptionSpec {
  readonly name: string
  readonly short?: string
  /** What stands for the value in help; an option without one is a switch. */
  readonly value?: string
  /** The only permitted values. */
  readonly choices?: readonly string[]
  /** May be given several times. */
  readonly repeat?: boolean
  /** What a shell completes in its place. */
  readonly completes?: 'files' | 'folders'
  /** A switch that stands for another option with a value. */
  readonly means?: readonly [option: string, value: string]
  readonly summary: string
}

/** One argument of a command that is not an option. */
export interface ArgumentSpec {
  readonly name: string
  readonly required?: boolean
  readonly choices?: readonly string[]
  readonly completes?: 'files' | 'folders'
  readonly summary: string
}

/** One command: the source of its parsing, its help and its completion. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  readonly details?: readonly string[]
  readonly arguments: readonly ArgumentSpec[]
  readonly options: readonly OptionSpec[]
  readonly examples: readonly string[]
}
