import type { TextConflict } from '../../../src/protocol/merge.ts'
import { createNumbering, diff3, type Span } from '../../merge/diff3.ts'

/** What became of the lines of three texts. */
export interface MergedLines {
  /** Undefined when they conflict. */
  readonly text: string | undefined
  /** What merged and what did not, in order. */
  readonly parts: readonly (string | TextConflict)[]
  /** Where the sides conflict ours, then theirs. */
  readonly both: string
}

/**
 * Merges texts by whole lines, as git does: two changes that touch conflict. Texts whose language we do not know are
 * never merged inside a line.
 */
export function mergeLines(base: string, ours: string, theirs: string): MergedLines {
  const lines = { base: base.split('\n'), ours: ours.split('\n'), theirs: theirs.split('\n') }
  const number = createNumbering()
  const both: string[] = []
  const clean: string[] = []
  const parts: (string | TextConflict)[] = []
  let conflicts = false
  const endPart = (): void => {
    if (clean.length > 0) parts.push(clean.splice(0).join('\n'))
  }
  for (const region of diff3(number(lines.base), number(lines.ours), number(lines.theirs))) {
    const ourLines = cut(lines.ours, region.ours)
    const theirLines = cut(lines.theirs, region.theirs)
    if (region.outcome === 'conflict') {
      conflicts = true
      endPart()
      const [was, our, their] = [cut(lines.base, region.base), ourLines, theirLines].map((part) =>
        part.join('\n'),
      )
      parts.push({ base: was ?? '', ours: our ?? '', theirs: their ?? '' })
      both.push(...ourLines, ...theirLines)
      continue
    }
    const taken = region.outcome === 'theirs' ? theirLines : ourLines
    clean.push(...taken)
    both.push(...taken)
  }
  endPart()
  const joined = both.join('\n')
  return { text: conflicts ? undefined : joined, parts, both: joined }
}

function cut(lines: readonly string[], [from, to]: Span): readonly string[] {
  return lines.slice(from, to)
}
