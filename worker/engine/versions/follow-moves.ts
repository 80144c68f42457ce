import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { equalValues } from '../../format/record-diff.ts'
import { splitKey } from '../../format/record-layout.ts'
import { canonicalText } from '../../records/compare-values.ts'
import type { MetRecord } from './read-units.ts'

type Records = ReadonlyMap<string, MetRecord>

/** With less content two records may be equal by chance. */
const minFields = 2
const minLength = 32

/** What the sides changed alone, read when it is wanted. */
export interface AloneRecords {
  readonly ours: () => Promise<Records>
  readonly theirs: () => Promise<Records>
}

/**
 * Records that one side gave another key while the other edited them: the edit is merged under the new key. A move is
 * proven by content: one record that the side removed and one that it added are the same but for what tells their key.
 */
export async function followMoves(
  definition: CollectionDefinition,
  met: Records,
  alone: AloneRecords,
): Promise<Records> {
  const moved = new Map(met)
  for (const side of ['ours', 'theirs'] as const) {
    const torn = [...met].filter(([, record]) => isTorn(record, side))
    if (torn.length === 0) continue
    const all = [...met, ...(await alone[side]())]
    const removed = byContent(
      definition,
      all.flatMap(([key, { base, [side]: now }]) => (base && !now ? [[key, base]] : [])),
    )
    const added = byContent(
      definition,
      all.flatMap(([key, { base, [side]: now }]) => (now && !base ? [[key, now]] : [])),
    )
    const known = new Map(all)
    for (const [key, record] of torn) {
      const content = contentOf(definition, key, record.base)
      const [to, ...others] = (content !== undefined && added.get(content)) || []
      if (
        content === undefined ||
        to === undefined ||
        others.length + (removed.get(content)?.length ?? 0) !== 1
      )
        continue
      const there = known.get(to)
      const other = side === 'ours' ? 'theirs' : 'ours'
      if (!there || there[other]) continue
      // Of a shared file that only one side changed the other records are not known here.
      if (!met.has(to) && there.unit.unit.key === undefined) continue
      const value = there[side]
      const under = (of: RecordValue | undefined): RecordValue | undefined =>
        of && value && { ...withoutKey(definition, key, of), ...keyFields(definition, to, value) }
      moved.set(key, { ...record, movedAway: true })
      moved.set(to, { ...there, base: under(record.base), [other]: under(record[other]), [side]: value })
    }
  }
  return moved
}

/** Removed on this side, edited on the other. */
function isTorn({ base, ours, theirs }: MetRecord, side: 'ours' | 'theirs'): boolean {
  const [own, other] = side === 'ours' ? [ours, theirs] : [theirs, ours]
  return base !== undefined && own === undefined && other !== undefined && !equalValues(base, other)
}

function byContent(
  definition: CollectionDefinition,
  records: readonly (readonly [string, RecordValue])[],
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>()
  for (const [key, value] of records) {
    const content = contentOf(definition, key, value)
    if (content === undefined) continue
    const same = keys.get(content)
    if (same) same.push(key)
    else keys.set(content, [key])
  }
  return keys
}

function contentOf(
  definition: CollectionDefinition,
  key: string,
  value: RecordValue | undefined,
): string | undefined {
  if (!value) return undefined
  const fields = withoutKey(definition, key, value)
  const text = canonicalText(fields)
  return Object.keys(fields).length < minFields || text.length < minLength ? undefined : text
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

function keyFields(definition: CollectionDefinition, key: string, value: RecordValue): RecordValue {
  return Object.fromEntries(
    Object.entries(value).filter(([name, field]) => isKeyField(definition, key, name, field)),
  )
}
