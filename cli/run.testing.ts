import { run } from './run.ts'

/** What a command line did. */
export interface CliOutcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, in a folder, with nothing of the machine's environment. */
export async function runCli(
  cwd: string,
  argv: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly input?: string
    readonly isTerminal?: boolean
  } = {},
): Promise<CliOutcome> {
  let out = ''
  let err = ''
  const code = await run(argv, {
    cwd,
    env: options.env ?? {},
    isTerminal: options.isTerminal ?? false,
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    readInput: () => Promise.resolve(options.input ?? ''),
  })
  return { code, out, err }
}
