import { EspalierError } from '../../../src/protocol/errors.ts'

/** Why a name must not become a file or a record. */
export type UnsafeName =
  | 'empty'
  | 'dot'
  | 'dot-dot'
  | 'dot-git'
  | 'slash'
  | 'backslash'
  | 'nul'
  | 'control'
  | 'not-utf8'
  | 'too-long'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// Code points that HFS+ ignores in names, so that `.g<U+200C>it` is `.git` there (git's utf8.c, next_hfs_char).
const hfsIgnored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu
// NTFS: trailing dots and spaces are dropped, `:` starts a stream, `git~1` is the short name (git's path.c,
// is_ntfs_dotgit).
const ntfsDotGit = /^(?:\.git|git~1)[ .]*(?::.*)?$/su
const maximumNameBytes = 4096

/**
 * Checks one entry name of a tree that somebody else wrote: null when it is safe, else the reason. Names come
 * as bytes (raw) or text.
 */
export function checkEntryName(name: string | Uint8Array): UnsafeName | null {
  let text: string
  if (typeof name === 'string') {
    // A lone surrogate has no UTF-8 form: two different names would become one.
    if (/[\ud800-\udfff]/u.test(name)) return 'not-utf8'
    text = name
  } else {
    try {
      text = strictUtf8.decode(name)
    } catch {
      return 'not-utf8'
    }
  }
  if (text === '') return 'empty'
  if (text === '.') return 'dot'
  if (text === '..') return 'dot-dot'
  if (text.length > maximumNameBytes) return 'too-long'
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0) return 'nul'
    if (code === 0x2f) return 'slash'
    if (code === 0x5c) return 'backslash'
    if (code < 0x20 || code === 0x7f) return 'control'
  }
  return isDotGit(text) ? 'dot-git' : null
}

function isDotGit(name: string): boolean {
  const first = name.charCodeAt(0)
  // `.`, `g`, `G` or a code point that HFS+ ignores: nothing else can become `.git`.
  if (first !== 0x2e && first !== 0x67 && first !== 0x47 && first < 0x80) return false
  const folded = name.replace(hfsIgnored, '').toLowerCase()
  return folded === '.git' || ntfsDotGit.test(folded)
}

/** A path of a tree with the reason why it is not safe to write. */
export interface UnsafePath {
  readonly path: string
  readonly reason: UnsafeName
}

/** Checks every segment of a slash-separated path: null when it is safe. An absolute path has an empty one. */
export function checkPath(path: string): UnsafePath | null {
  for (const name of path.split('/')) {
    const reason = checkEntryName(name)
    if (reason !== null) return { path, reason }
  }
  return null
}

/** Throws `git/unsafe-path` for a path that must not be written. */
export function assertSafePath(path: string): void {
  const unsafe = checkPath(path)
  if (unsafe === null) return
  throw new EspalierError(
    'git/unsafe-path',
    `The path ${JSON.stringify(path.slice(0, 200))} must not be written (${unsafe.reason}). Use another name.`,
    { data: { path, reason: unsafe.reason } },
  )
}

/** What most keys are: nothing folds. */
const ownTwin = /^[a-z0-9_.-]*$/

/** The form under which two names are one file on a file system that folds case and Unicode composition. */
export function twinKey(name: string): string {
  return ownTwin.test(name) ? name : name.normalize('NFC').toLowerCase().normalize('NFC')
}

/** Groups of names of one directory that case folding or Unicode normalisation would make one. */
export function findTwins(names: Iterable<string>): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const key = twinKey(name)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [name])
    else group.push(name)
  }
  return [...groups.values()].filter((group) => group.length > 1)
}
