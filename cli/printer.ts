import type { CliIo } from './io.ts'

/** Text for people. Whatever comes from a database goes through {@link Printer.plain} first. */
export interface Printer {
  /** Printable text on one line: a file's content cannot steer the terminal or begin a line. */
  plain(text: string): string
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  yellow(text: string): string
  green(text: string): string
  line(text?: string): void
  /** A message on standard error, with the code to look up. */
  error(message: string, code?: string): void
}

// What moves the cursor, ends lines, or turns the direction of what follows.
const unprintable =
  // oxlint-disable-next-line no-control-regex -- exactly these must not reach a terminal
  /[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g

/** A printer with colours where people read on a terminal and nothing (`NO_COLOR`, `TERM=dumb`) speaks against it. */
export function createPrinter(io: CliIo, wantsColor: boolean): Printer {
  const { env } = io
  const forced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0'
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb' || !wantsColor
  const colored = !isPlain && (forced || io.isTerminal)
  const style =
    (code: number) =>
    (text: string): string =>
      colored ? `\u001B[${code}m${text}\u001B[0m` : text
  const red = style(31)
  return {
    plain,
    bold: style(1),
    dim: style(2),
    red,
    yellow: style(33),
    green: style(32),
    line: (text = '') => io.out(`${text}\n`),
    error: (message, code) => {
      const lines = message.split('\n').map(plain).join('\n')
      io.err(`${red('espalier:')} ${lines}${code === undefined ? '' : ` (${code})`}\n`)
    },
  }
}

function plain(text: string): string {
  return text.replaceAll(unprintable, (char) => {
    if (char === '\n') return '\\n'
    if (char === '\t') return '\\t'
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
