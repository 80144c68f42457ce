import { exitCodes, type ExitCode } from '../io.ts'
import type { CommandContext } from '../command.ts'
import { bashCompletion } from '../shell/bash.ts'
import { fishCompletion } from '../shell/fish.ts'
import { zshCompletion } from '../shell/zsh.ts'

/** `espalier completion` */
export async function completion({ args, io }: CommandContext): Promise<ExitCode> {
  const shell = args.argument(0)
  io.out(shell === 'fish' ? fishCompletion() : shell === 'zsh' ? zshCompletion() : bashCompletion())
  return exitCodes.ok
}
