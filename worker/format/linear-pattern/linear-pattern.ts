import { compileStates, type PatternState } from './linear-pattern-states.ts'
import { parsePattern } from './linear-pattern-parse.ts'

/** A pattern that runs in time linear to the text, or the reason why it is refused. */
export type LinearPattern =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly reason: string }

/** How a pattern is matched. */
export interface LinearPatternOptions {
  /** Match the whole text; otherwise anywhere in it. */
  readonly anchored?: boolean
}

/**
 * Compiles a regular expression in RE2's syntax. JavaScript's own engine backtracks, so that a pattern of a
 * foreign definition could stall the reader; this one follows all ways through the pattern at once and takes
 * time linear to the text. What that cannot do (back-references, look-around) is not in RE2 either.
 *
 * @example
 * const pattern = compileLinearPattern('^draft-')
 * if (pattern.ok) pattern.test('draft-1.yaml') // true
 */
export function compileLinearPattern(source: string, options: LinearPatternOptions = {}): LinearPattern {
  const anchored = options.anchored === true
  try {
    const { states, start } = compileStates(parsePattern(source))
    return { ok: true, test: (text) => run(states, start, [...text], anchored) }
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, reason: error.message }
    throw error
  }
}

function run(
  states: readonly PatternState[],
  start: number,
  chars: readonly string[],
  anchored: boolean,
): boolean {
  const seenAt = new Int32Array(states.length).fill(-1)
  let current: PatternState[] = []
  let matched = false
  const add = (first: number, index: number, into: PatternState[]): void => {
    const open = [first]
    for (;;) {
      const number = open.pop()
      if (number === undefined) return
      if (seenAt[number] === index) continue
      seenAt[number] = index
      const state = states[number] as PatternState // numbers of states only
      if (state.test !== undefined) into.push(state)
      else if (state.next.length === 0) matched ||= !anchored || index === chars.length
      else if (state.holds?.(chars, index) !== false) open.push(...state.next)
    }
  }
  for (let index = 0; ; index++) {
    if (index === 0 || !anchored) add(start, index, current)
    const char = chars[index]
    if (matched || char === undefined) return matched
    const following: PatternState[] = []
    for (const { test, next } of current) if (test?.(char) === true) add(next[0] ?? 0, index + 1, following)
    current = following
  }
}
