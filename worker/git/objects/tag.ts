import { EspalierError } from '../../../src/protocol/errors.ts'
import { canonicalMessage } from './commit.ts'
import type { ObjectHeader } from './object-text.ts'
import { formatObjectText, parseObjectText } from './object-text.ts'
import type { Identity, IdentityInput } from './identity.ts'
import { formatIdentity, parseIdentity } from './identity.ts'
import type { ObjectType } from './object.ts'
import type { Oid } from './oid.ts'
import { isOid } from './oid.ts'

/** An annotated tag as stored. `headers` and `body` hold every byte of it. */
export interface Tag {
  readonly object: Oid
  readonly type: ObjectType
  readonly name: string
  readonly tagger: Identity | null
  readonly message: string
  readonly headers: readonly ObjectHeader[]
  readonly body: Uint8Array | null
}

/** What a new annotated tag needs. */
export interface TagInput {
  readonly object: Oid
  readonly type: ObjectType
  readonly name: string
  readonly tagger: IdentityInput
  readonly message: string
}

const utf8 = new TextDecoder()

/** Reads an annotated tag. Throws `git/object-corrupt`. */
export function parseTag(bytes: Uint8Array): Tag {
  const { headers, body } = parseObjectText(bytes)
  const text = (name: string): string | undefined => {
    const header = headers.find((header) => header.name === name)
    return header === undefined ? undefined : utf8.decode(header.value)
  }
  const object = text('object') ?? ''
  const type = text('type') ?? ''
  if (!isOid(object) || !isObjectType(type)) {
    throw new EspalierError(
      'git/object-corrupt',
      'A tag is damaged: it names no object. Fetch the repository again.',
    )
  }
  const tagger = text('tagger')
  return {
    object,
    type,
    name: text('tag') ?? '',
    tagger: tagger === undefined ? null : parseIdentity(tagger),
    message: body === null ? '' : utf8.decode(body),
    headers,
    body,
  }
}

/** The bytes of a tag that was read: exactly those it was read from. */
export function formatTag(tag: Pick<Tag, 'headers' | 'body'>): Uint8Array {
  return formatObjectText(tag)
}

/** The bytes of a new annotated tag in canonical form. */
export function createTag(input: TagInput): Uint8Array {
  const { object, type, name, tagger, message } = input
  return new TextEncoder().encode(
    `object ${object}\ntype ${type}\ntag ${name}\ntagger ${formatIdentity(tagger)}\n\n${canonicalMessage(message)}`,
  )
}

function isObjectType(text: string): text is ObjectType {
  return text === 'commit' || text === 'tree' || text === 'blob' || text === 'tag'
}
