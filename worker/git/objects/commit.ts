import { EspalierError } from '../../../src/protocol/errors.ts'
import type { ObjectHeader } from './object-text.ts'
import { formatObjectText, parseObjectText } from './object-text.ts'
import type { Identity, IdentityInput } from './identity.ts'
import { formatIdentity, parseIdentity } from './identity.ts'
import type { Oid } from './oid.ts'
import { isOid } from './oid.ts'

/** A commit as stored. `headers` and `body` hold every byte of it; the other fields are read from them. */
export interface Commit {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  readonly author: Identity
  readonly committer: Identity
  readonly message: string
  /** All headers in order, `tree` and `parent` included. */
  readonly headers: readonly ObjectHeader[]
  readonly body: Uint8Array | null
}

/** What a new commit needs. */
export interface CommitInput {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  readonly author: IdentityInput
  /** The author unless given. */
  readonly committer?: IdentityInput
  readonly message: string
}

/** What walking history needs from a commit. */
export interface CommitLinks {
  readonly tree: Oid
  readonly parents: readonly Oid[]
  /** The committer's time in seconds. */
  readonly timestamp: number
}

const utf8 = new TextDecoder()
const utf8Encoder = new TextEncoder()

/** Reads a commit. Throws `git/object-corrupt`. */
export function parseCommit(bytes: Uint8Array): Commit {
  const { headers, body } = parseObjectText(bytes)
  let decoder = utf8
  for (const header of headers) if (header.name === 'encoding') decoder = decoderOf(header.value)
  let author: Identity | undefined
  let committer: Identity | undefined
  const links = linksOf(headers)
  for (const { name, value } of headers) {
    if (name === 'author') author ??= parseIdentity(decoder.decode(value))
    else if (name === 'committer') committer ??= parseIdentity(decoder.decode(value))
  }
  const nobody: Identity = { name: '', email: '', timestamp: 0, timezone: '+0000' }
  return {
    tree: links.tree,
    parents: links.parents,
    author: author ?? nobody,
    committer: committer ?? nobody,
    message: body === null ? '' : decoder.decode(body),
    headers,
    body,
  }
}

/** The bytes of a commit that was read: exactly those it was read from. */
export function formatCommit(commit: Pick<Commit, 'headers' | 'body'>): Uint8Array {
  return formatObjectText(commit)
}

/**
 * The bytes of a new commit in canonical form: UTF-8, `+0000` unless told, cleaned identities, a message that
 * ends in exactly one newline. A message of nothing but white space becomes empty.
 */
export function createCommit(input: CommitInput): Uint8Array {
  const author = formatIdentity(input.author)
  const committer = input.committer === undefined ? author : formatIdentity(input.committer)
  const lines = [`tree ${input.tree}`]
  // git rejects the same parent twice when it merges, and fsck keeps silent: one parent counts once.
  for (const parent of new Set(input.parents)) lines.push(`parent ${parent}`)
  lines.push(`author ${author}`, `committer ${committer}`)
  return utf8Encoder.encode(`${lines.join('\n')}\n\n${canonicalMessage(input.message)}`)
}

/** A message as we write it: no NUL, `\n` line ends, exactly one at the end; empty stays empty. */
export function canonicalMessage(message: string): string {
  const text = message.replaceAll('\0', '').replace(/\r\n?/g, '\n').trimEnd()
  return text === '' ? '' : `${text.replace(/^\n+/, '')}\n`
}

/** Only the tree, the parents and the time of a commit: for walks. Throws `git/object-corrupt`. */
export function parseCommitLinks(bytes: Uint8Array): CommitLinks {
  // Headers that matter come first: tree, parent*, author, committer (git's commit.c, parse_commit_buffer).
  let at = 5
  if (!startsWith(bytes, 0, 'tree ')) throw corrupt('it has no tree')
  const tree = oidAt(bytes, at)
  at += 41
  const parents: Oid[] = []
  while (startsWith(bytes, at, 'parent ')) {
    parents.push(oidAt(bytes, at + 7))
    at += 48
  }
  return { tree, parents, timestamp: committerTime(bytes, at) }
}

function linksOf(headers: readonly ObjectHeader[]): { tree: Oid; parents: readonly Oid[] } {
  const [first] = headers
  if (first?.name !== 'tree') throw corrupt('it has no tree')
  const parents: Oid[] = []
  for (let i = 1; headers[i]?.name === 'parent'; i++)
    parents.push(checkedOid((headers[i] as ObjectHeader).value))
  return { tree: checkedOid(first.value), parents }
}

function checkedOid(value: Uint8Array): Oid {
  const text = utf8.decode(value)
  if (!isOid(text)) throw corrupt(`"${text.slice(0, 80)}" is not an object id`)
  return text
}

function oidAt(bytes: Uint8Array, at: number): Oid {
  if (bytes[at + 40] !== 0x0a) throw corrupt('an object id does not end its line')
  return checkedOid(bytes.subarray(at, at + 40))
}

function committerTime(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== 0x0a) {
    const newline = bytes.indexOf(0x0a, at)
    const end = newline < 0 ? bytes.length : newline
    if (startsWith(bytes, at, 'committer ')) {
      let digits = end
      while (digits > at && bytes[digits - 1] !== 0x3e) digits--
      const seconds = /^ *(\d+)/.exec(utf8.decode(bytes.subarray(digits, end)))
      const timestamp = Number(seconds?.[1] ?? 0)
      return Number.isSafeInteger(timestamp) ? timestamp : 0
    }
    at = end + 1
  }
  return 0
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

function decoderOf(encoding: Uint8Array): TextDecoder {
  try {
    return new TextDecoder(utf8.decode(encoding))
  } catch {
    return utf8
  }
}

function corrupt(what: string): EspalierError {
  return new EspalierError('git/object-corrupt', `A commit is damaged: ${what}. Fetch the repository again.`)
}
