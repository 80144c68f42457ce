import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { splitKey } from '../../../format/record-layout.ts'
import { canonicalText } from '../../../records/compare-values.ts'

/** With less content two records may be equal by chance. */
const minFields = 2
const minLength = 32
/** Records whose key and fields both changed are not looked for among more pairs than these. */
const maxPairs = 250_000

/** Records by key. */
export type Values = ReadonlyMap<string, RecordValue>

/**
 * Which of the removed records was given which key. The same content proves it where it went and came once. Of the
 * others the most alike belong together: at least half of the fields are equal, these values have 32 characters, and
 * nothing that went or came is as much like either of them.
 */
export function pairMoves(
  definition: CollectionDefinition,
  wanted: Iterable<string>,
  removed: Values,
  added: Values,
): ReadonlyMap<string, string> {
  const went = contentsOf(definition, removed)
  const came = contentsOf(definition, added)
  const pairs = new Map<string, string>()
  const sameWent = byContent(went)
  for (const [content, [key = '', ...others]] of byContent(came)) {
    const [old, ...more] = sameWent.get(content) ?? []
    if (old === undefined || others.length + more.length > 0) continue
    pairs.set(old, key)
    went.delete(old)
    came.delete(key)
  }
  const left = [...wanted].filter((key) => went.has(key))
  if (left.length * came.size > maxPairs) return pairs
  for (const key of left) {
    const to = mostAlike(went.get(key), came)
    if (to !== undefined && mostAlike(came.get(to), went) === key) pairs.set(key, to)
  }
  return pairs
}

/** What a record says but for its key: the texts of its fields. */
type Content = ReadonlyMap<string, string>

function contentsOf(definition: CollectionDefinition, records: Values): Map<string, Content> {
  return new Map(
    [...records].flatMap(([key, value]) => {
      const fields = Object.entries(withoutKey(definition, key, value))
      if (fields.length < minFields) return []
      return [[key, new Map(fields.map(([name, field]) => [name, canonicalText(field)]))] as const]
    }),
  )
}

function byContent(contents: ReadonlyMap<string, Content>): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>()
  for (const [key, content] of contents) {
    if (lengthOf(content) < minLength) continue
    const text = JSON.stringify([...content].sort(([a], [b]) => (a < b ? -1 : 1)))
    const same = keys.get(text)
    if (same) same.push(key)
    else keys.set(text, [key])
  }
  return keys
}

function lengthOf(content: Content): number {
  let length = 0
  for (const [name, text] of content) length += name.length + text.length + 4
  return length
}

/** The one among others that is most like a record. */
function mostAlike(content: Content | undefined, others: ReadonlyMap<string, Content>): string | undefined {
  let best = 0
  let found: string | undefined
  for (const [key, other] of others) {
    const share = content ? likeness(content, other) : 0
    if (share < 0.5 || share < best) continue
    found = share === best ? undefined : key
    best = share
  }
  return found
}

/** The share of fields that are equal; 0 where they say too little. */
function likeness(a: Content, b: Content): number {
  let equal = 0
  let length = 0
  for (const [name, text] of a) {
    if (b.get(name) !== text) continue
    equal++
    length += text.length
  }
  return length < minLength ? 0 : equal / Math.max(a.size, b.size)
}

/** A record's fields as they are under another key. `like`: a record of that key. */
export function underKey(
  definition: CollectionDefinition,
  [key, value]: readonly [string, RecordValue],
  [to, like]: readonly [string, RecordValue],
): RecordValue {
  const own = Object.entries(like).filter(([name, field]) => isKeyField(definition, to, name, field))
  return { ...withoutKey(definition, key, value), ...Object.fromEntries(own) }
}

function isKeyField(definition: CollectionDefinition, key: string, name: string, value: unknown): boolean {
  if (definition.primaryKey.includes(name)) return true
  return name === 'id' && String(value) === splitKey(definition, key).own
}

function withoutKey(definition: CollectionDefinition, key: string, value: RecordValue): RecordValue {
  return Object.fromEntries(
    Object.entries(value).filter(([name, field]) => !isKeyField(definition, key, name, field)),
  )
}
