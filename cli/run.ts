import { isEspalierError, type EspalierError } from '../src/protocol/errors.ts'
import { readArguments } from './arguments.ts'
import { commands, type CommandEntry } from './commands.ts'
import { GitError } from './git/run-git.ts'
import { commandHelp, programHelp } from './help.ts'
import { exitCodes, UsageError, type CliIo, type ExitCode } from './io.ts'
import { createPrinter, type Printer } from './printer.ts'
import { packageVersion } from './version.ts'

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
  if (command === undefined) {
    const known = commands.map((each) => each.name).join(', ')
    print.error(`There is no command "${name}". Choose from ${known}, or run espalier --help.`)
    return exitCodes.usage
  }
  return runCommand(command, rest, io, print)
}

async function runCommand(
  command: CommandEntry,
  argv: readonly string[],
  io: CliIo,
  print: Printer,
): Promise<ExitCode> {
  try {
    const args = readArguments(command, argv)
    if (args.has('help')) {
      io.out(commandHelp(command))
      return exitCodes.ok
    }
    const execute = await command.load()
    return await execute({ args, io, print })
  } catch (error) {
    if (error instanceof UsageError) {
      print.error(`${error.message}\nRun espalier ${command.name} --help.`)
      return exitCodes.usage
    }
    if (!isEspalierError(error)) {
      // Errors of the system (no such file, no permission) and of git say enough; others are faults of this program.
      const isOutside = error instanceof GitError || (error instanceof Error && 'syscall' in error)
      const { message, stack = message } = error instanceof Error ? error : { message: String(error) }
      print.error(isOutside ? message : stack)
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
