/** States of one pattern, each a step per character; bounded repetitions are written out. */
const maxStates = 500

/** A parsed pattern. Which way a repetition prefers makes no difference to whether there is a match. */
export type PatternNode =
  | { readonly test: (char: string) => boolean }
  /** A place between two characters. */
  | { readonly holds: (chars: readonly string[], index: number) => boolean }
  | { readonly sequence: readonly PatternNode[] }
  | { readonly either: readonly PatternNode[] }
  | { readonly repeated: PatternNode; readonly min: number; readonly max: number }

/** Reads a character (`test`), or goes on without one, perhaps on a condition. Without `next`: the end. */
export interface PatternState {
  readonly test?: (char: string) => boolean
  readonly holds?: (chars: readonly string[], index: number) => boolean
  readonly next: readonly number[]
}

/**
 * The states of a pattern and the number of the first one.
 *
 * @throws SyntaxError when there are too many.
 */
export function compileStates(root: PatternNode): {
  readonly states: readonly PatternState[]
  readonly start: number
} {
  const states: PatternState[] = []
  const push = (state: PatternState): number => {
    if (states.length === maxStates) throw new SyntaxError('its repetitions make it too large')
    return states.push(state) - 1
  }
  const emit = (node: PatternNode, next: number): number => {
    if ('sequence' in node) return node.sequence.reduceRight((after, part) => emit(part, after), next)
    if ('either' in node) return push({ next: node.either.map((part) => emit(part, next)) })
    if (!('repeated' in node)) return push({ ...node, next: [next] })
    const { repeated, min, max } = node
    let at = next
    if (max === Infinity) {
      const ways = [next]
      at = push({ next: ways })
      ways.push(emit(repeated, at))
    } else {
      for (let i = min; i < max; i++) at = push({ next: [emit(repeated, at), next] })
    }
    // A part without characters costs no states, so the count alone would not bound the work.
    for (let i = 0; i < min; i++) at = emit(repeated, push({ next: [at] }))
    return at
  }
  return { start: emit(root, push({ next: [] })), states }
}
