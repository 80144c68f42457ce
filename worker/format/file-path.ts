/** Joins path parts that are already normal; empty parts (the root) vanish. */
export function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/')
}

/** The folder of a path; '' for a path at the root. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash)
}

/** The last segment of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Either a normal path or the reason why it is refused. */
export type PathOutcome = { readonly path: string } | { readonly refused: string }

/**
 * Normalises a path that a file of the database declares. Absolute paths, `~`, backslashes, control
 * characters and `.git` are refused; so is `..`, unless `from` names the folder that the path is relative to
 * and the result stays inside the database.
 */
export function declaredPath(declared: string, from?: string): PathOutcome {
  if (declared === '') return { refused: 'it is empty' }
  if (declared.startsWith('/') || declared.startsWith('~') || /^[A-Za-z]:/.test(declared)) {
    return { refused: 'it must be relative to the database' }
  }
  if (declared.includes('*')) return { refused: 'it must not hold "*"' }
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\\\u0000-\u001f\u007f]/.test(declared))
    return { refused: 'it holds a backslash or control character' }
  const segments = from === undefined || from === '' ? [] : from.split('/')
  for (const segment of declared.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      if (from === undefined || segments.length === 0) return { refused: 'it leaves the database ("..")' }
      segments.pop()
    } else if (segment.toLowerCase() === '.git') {
      return { refused: 'it points into ".git"' }
    } else {
      segments.push(segment)
    }
  }
  return { path: segments.join('/') }
}
