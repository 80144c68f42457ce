import type { Arguments } from './arguments.ts'
import type { CliIo, ExitCode } from './io.ts'
import type { Printer } from './printer.ts'

/** What a command is given: its arguments, the world, and a printer that knows of colours. */
export interface CommandContext {
  readonly args: Arguments
  readonly io: CliIo
  readonly print: Printer
}

/** Throws `UsageError`, `EspalierError`. */
export type Command = (context: CommandContext) => Promise<ExitCode>
