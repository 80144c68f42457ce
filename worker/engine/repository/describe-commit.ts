import type { CommitInfo, Signature } from '../../../src/protocol/outcomes.ts'
import { parseCommit } from '../../git/objects/commit.ts'
import type { Identity } from '../../git/objects/identity.ts'
import type { Oid } from '../../git/objects/oid.ts'

/** A commit as apps see it. */
export function describeCommit(oid: Oid, bytes: Uint8Array): CommitInfo {
  const { parents, message, author, committer } = parseCommit(bytes)
  return { oid, parents, message, author: describeSignature(author), committer: describeSignature(committer) }
}

export function describeSignature({ name, email, timestamp, timezone }: Identity): Signature {
  const minutes = Number(timezone.slice(1, 3)) * 60 + Number(timezone.slice(3, 5))
  return {
    name,
    email,
    timestampSeconds: timestamp,
    timezoneMinutes: timezone.startsWith('-') ? -minutes : minutes,
  }
}
