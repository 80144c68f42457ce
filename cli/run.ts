import { isEspalierError, type EspalierError } from '../src/protocol/errors.ts'
import { readArguments, type Arguments } from './arguments.ts'
import { commands, type CommandSpec } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'
import { exitCodes, UsageError, type CliIo, type ExitCode } from './io.ts'
import { createPrinter, type Printer } from './printer.ts'
import { packageVersion } from './version.ts'

/** What a command is given: its arguments, the world, and a printer that knows of colours. */
export interface CommandContext {
  readonly args: Arguments
  readonly io: CliIo
  readonly print: Printer
}

type Command = (context: CommandContext) => Promise<ExitCode>

// Loaded when they run: help and completion stay quick.
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  init: async () => (await import('./commands/init.ts')).init,
  validate: async () => (await import('./commands/validate.ts')).validate,
  types: async () => (await import('./commands/types.ts')).types,
  describe: async () => (await import('./commands/describe.ts')).describe,
  schema: async () => (await import('./commands/schema.ts')).schema,
  diff: async () => (await import('./commands/diff.ts')).diff,
  log: async () => (await import('./commands/log.ts')).log,
  history: async () => (await import('./commands/history.ts')).history,
  blame: async () => (await import('./commands/blame.ts')).blame,
  merge: async () => (await import('./commands/merge.ts')).merge,
  conflicts: async () => (await import('./commands/conflicts.ts')).conflicts,
  setup: async () => (await import('./commands/setup.ts')).setup,
  'merge-driver': async () => (await import('./commands/merge-driver.ts')).mergeDriver,
  completion: async () => (await import('./commands/completion.ts')).completion,
}

/**
 * Runs one command line and answers its exit code. Never throws.
 *
 * @example
 * ```ts
 * const code = await run(['validate', 'data'], { cwd, env, isTerminal: false, out, err, readInput })
 * ```
 */
export async function run(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const [name, ...rest] = argv
  const wantsColor = !argv.includes('--no-color')
  const print = createPrinter(io, wantsColor)
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const asked = commands.find((command) => command.name === rest[0])
    const text = asked === undefined ? programHelp() : commandHelp(asked)
    if (name === undefined) io.err(text)
    else io.out(text)
    return name === undefined ? exitCodes.usage : exitCodes.ok
  }
  if (name === '--version' || name === '-V' || name === 'version') {
    io.out(`${packageVersion()}\n`)
    return exitCodes.ok
  }
  const command = commands.find((each) => each.name === name)
  const load = loaders[command?.name ?? '']
  if (command === undefined || load === undefined) {
    const known = commands.map((each) => each.name).join(', ')
    print.error(`There is no command "${name}". Choose from ${known}, or run espalier --help.`)
    return exitCodes.usage
  }
  return runCommand(command, load, rest, io, print)
}

async function runCommand(
  spec: CommandSpec,
  load: () => Promise<Command>,
  argv: readonly string[],
  io: CliIo,
  print: Printer,
): Promise<ExitCode> {
  try {
    const args = readArguments(spec, argv)
    if (args.has('help')) {
      io.out(commandHelp(spec))
      return exitCodes.ok
    }
    return await (
      await load()
    )({ args, io, print })
  } catch (error) {
    if (error instanceof UsageError) {
      print.error(`${error.message}\nRun espalier ${spec.name} --help.`)
      return exitCodes.usage
    }
    if (!isEspalierError(error)) {
      // The system's own errors (no such file, no permission) say enough; others are faults of this program.
      const isSystem = error instanceof Error && 'syscall' in error
      print.error(error instanceof Error && !isSystem ? (error.stack ?? error.message) : String(error))
      return exitCodes.cannotOpen
    }
    print.error(error.message, error.code)
    return exitCodeOf(error)
  }
}

const refusals: ReadonlySet<string> = new Set(['git/uncommitted-changes', 'git/no-merge-base'])

function exitCodeOf({ code }: EspalierError): ExitCode {
  if (code === 'engine/bad-argument' || code === 'record/collection-missing') return exitCodes.usage
  const isRefusal = /^(?:schema|record|merge)\//.test(code) || refusals.has(code)
  return isRefusal ? exitCodes.issues : exitCodes.cannotOpen
}
