import { compileExcludePattern } from './exclude-pattern.ts'

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
 * Compiles a regular expression in RE2's syntax.
 *
 * @example
 * const pattern = compileLinearPattern('^draft-')
 * if (pattern.ok) pattern.test('draft-1.yaml') // true
 */
export function compileLinearPattern(source: string, options: LinearPatternOptions = {}): LinearPattern {
  const pattern = compileExcludePattern(options.anchored === true ? `^(?:${source})$` : source)
  return 'refused' in pattern ? { ok: false, reason: pattern.refused } : { ok: true, test: pattern.test }
}
