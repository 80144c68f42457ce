/** What a command touches of the world around it; tests bring their own. */
export interface CliIo {
  /** The folder that relative paths start from. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether people read `out` on a terminal. */
  readonly isTerminal: boolean
  out(text: string): void
  err(text: string): void
  /** All of standard input. */
  readInput(): Promise<string>
}

/** How a command ends. Documented in docs/cli.md; scripts rely on it. */
export const exitCodes = {
  /** Done, nothing is wrong. */
  ok: 0,
  /** Issues were found, a check failed, or a change was refused. */
  issues: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The database cannot be opened or read. */
  cannotOpen: 3,
} as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A mistake on the command line; the message says what to write instead. */
export class UsageError extends Error {}
