/** File names longer than this are never matched against a pattern. */
const maxNameLength = 1024

/** A test on file names, or the reason why the pattern is not used. */
export type ExcludePattern = { readonly test: (name: string) => boolean } | { readonly refused: string }

/**
 * Compiles an `exclude_regex`. The format means RE2 (linear time); JavaScript's engine backtracks, so a
 * pattern that could take long is refused: a definition is foreign content and must not stall the reader.
 */
export function compileExcludePattern(source: string): ExcludePattern {
  const refused = refusal(source)
  if (refused !== undefined) return { refused }
  const flagged = /^\(\?([is]+)\)/.exec(source)
  try {
    const pattern = new RegExp(source.slice(flagged?.[0].length ?? 0), `u${flagged?.[1] ?? ''}`)
    return { test: (name) => name.length <= maxNameLength && pattern.test(name) }
  } catch {
    return { refused: 'it is not a valid regular expression' }
  }
}

function refusal(source: string): string | undefined {
  if (source.length > 200) return 'it is longer than 200 characters'
  // What is escaped or inside a character class cannot repeat anything.
  const bare = source
    .replaceAll(/\\[1-9]/g, '\u0000')
    .replaceAll(/\\./gs, 'x')
    .replaceAll(/\[\^?\]?[^\]]*\]/g, 'x')
  if (bare.includes('\u0000') || /\(\?<?[=!]/.test(bare))
    return 'back-references and look-around are not in RE2'
  if (/\)(?:[*+]|\{)/.test(bare)) return 'a repeated group can take very long'
  if ((bare.match(/[*+]|\{\d+,\d*\}/g) ?? []).length > 2)
    return 'more than two repetitions can take very long'
  return undefined
}
