import type { TransferOptions, TransferProgress } from './remote.ts'

const phases: Readonly<Record<string, TransferProgress['phase']>> = {
  Enumerating: 'counting',
  Counting: 'counting',
  Compressing: 'compressing',
  Resolving: 'resolving',
}
const progressLine = /^(?:remote: )?(\w+) (?:objects|deltas):\s+(?:\d+% \((\d+)\/(\d+)\)|(\d+))/

/** Reads git's progress text (`Counting objects:  50% (5/10)\r`); null for anything else. */
export function parseProgress(line: string): TransferProgress | null {
  const match = progressLine.exec(line)
  const phase = phases[match?.[1] ?? '']
  if (match === null || phase === undefined) return null
  if (match[2] === undefined) return { phase, loaded: Number(match[4]) }
  return { phase, loaded: Number(match[2]), total: Number(match[3]) }
}

/** Takes the pieces of band 2, which may break anywhere, and reports the progress lines in them. */
export function createProgressParser(options: TransferOptions): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (bytes) => {
    if (options.onProgress === undefined) return
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/[\r\n]/)
    rest = (lines.pop() ?? '').slice(-500)
    // A piece holds many steps of the same phase: the last one tells it all.
    const latest = new Map<string, TransferProgress>()
    for (const line of lines) {
      const progress = parseProgress(line)
      if (progress !== null) latest.set(progress.phase, progress)
    }
    for (const progress of latest.values()) options.onProgress(progress)
  }
}
