/**
 * A key as one segment of a path or of a longer key: `/` and `\` cannot stand there. Other `%` are literal, and no
 * key may hold `%2F` or `%5C` itself.
 */
export function escapeKey(key: string): string {
  return key.replaceAll('/', '%2F').replaceAll('\\', '%5C')
}

/** The key that {@link escapeKey} made a segment of. */
export function unescapeKey(segment: string): string {
  return segment.includes('%') ? segment.replaceAll('%2F', '/').replaceAll('%5C', '\\') : segment
}
