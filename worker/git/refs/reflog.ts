import type { Write } from '../../storage/storage.ts'
import type { IdentityInput } from '../objects/identity.ts'
import { formatIdentity } from '../objects/identity.ts'
import type { Oid } from '../objects/oid.ts'
import { isOid, zeroOid } from '../objects/oid.ts'

/** One move of a ref. `zeroOid` stands for "no commit": before its creation, after its deletion. */
export interface ReflogEntry {
  readonly oldOid: Oid
  readonly newOid: Oid
  /** Who and when, as git writes it: `Name <email> seconds +hhmm`. */
  readonly committer: string
  readonly message: string
}

/** The write that records a move of a ref: put it in the batch that sets the ref. */
export function reflogWrite(
  ref: string,
  oldOid: Oid | null,
  newOid: Oid | null,
  committer: IdentityInput,
  message: string,
): Write {
  const entry: ReflogEntry = {
    oldOid: oldOid ?? zeroOid,
    newOid: newOid ?? zeroOid,
    committer: formatIdentity(committer),
    message: oneLine(message),
  }
  return { kind: 'appendReflog', ref, entry }
}

/** Checks a stored entry; null when it is not one. */
export function reflogEntryOf(entry: unknown): ReflogEntry | null {
  if (typeof entry !== 'object' || entry === null) return null
  const { oldOid, newOid, committer, message } = entry as Record<string, unknown> // each is checked below
  if (typeof oldOid !== 'string' || typeof newOid !== 'string' || !isOid(oldOid) || !isOid(newOid))
    return null
  if (typeof committer !== 'string' || typeof message !== 'string') return null
  return { oldOid, newOid, committer, message }
}

/** A line of git's own reflog files (without the newline). */
export function formatReflogLine({ oldOid, newOid, committer, message }: ReflogEntry): string {
  return `${oldOid} ${newOid} ${committer}${message === '' ? '' : `\t${message}`}`
}

/** Reads a line of git's own reflog files; null for a damaged one. */
export function parseReflogLine(line: string): ReflogEntry | null {
  const tab = line.indexOf('\t')
  const head = tab < 0 ? line : line.slice(0, tab)
  const [oldOid = '', newOid = ''] = head.split(' ', 2)
  const committer = head.slice(82)
  return reflogEntryOf({ oldOid, newOid, committer, message: tab < 0 ? '' : line.slice(tab + 1) })
}

/** White space as git folds it in reflog messages (refs.c, copy_reflog_msg). */
function oneLine(message: string): string {
  return message.replaceAll('\0', '').replace(/\s+/g, ' ').trim()
}
