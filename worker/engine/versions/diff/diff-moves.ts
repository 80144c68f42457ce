import type { RecordPlace } from '../../../../src/protocol/diff.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { DiffEntry, SideRecord } from './diff-entries.ts'

/** Reads what is unread of some records on one side. */
export type ReadSide = (records: readonly SideRecord[]) => Promise<readonly SideRecord[]>

/**
 * Makes one entry of a removed and an added record with the same content. Content is the same when the file is (files
 * of one record), else when the text of the values is; of several the keys are paired in order. Records without
 * fields say nothing about where they came from.
 */
export async function findMoves(
  entries: Map<string, DiffEntry>,
  { readBefore, readAfter }: { readonly readBefore: ReadSide; readonly readAfter: ReadSide },
): Promise<void> {
  const removed = lone(entries, 'before')
  const added = lone(entries, 'after')
  if (removed.length === 0 || added.length === 0) return
  const byFile = [...removed, ...added].every(({ record }) => record.kind !== 'value')
  const sign = async (ones: readonly Lone[], read: ReadSide): Promise<readonly (string | undefined)[]> =>
    byFile
      ? ones.map(({ record }) => (record.kind === 'unread' ? record.oid : undefined))
      : (await read(ones.map(({ record }) => record))).map((record) =>
          record.kind === 'value' ? contentOf(record.value) : undefined,
        )
  const known = new Map<string, Lone[]>()
  const signs = await sign(removed, readBefore)
  for (const [index, one] of removed.entries()) {
    const content = signs[index]
    if (content === undefined) continue
    const same = known.get(content)
    if (same) same.push(one)
    else known.set(content, [one])
  }
  const newSigns = await sign(added, readAfter)
  for (const [index, one] of added.entries()) {
    const content = newSigns[index]
    const origin = content === undefined ? undefined : known.get(content)?.shift()
    if (!origin) continue
    entries.delete(origin.key)
    const moved = { from: placeOf(origin), to: placeOf(one) }
    entries.set(one.key, { before: origin.record, after: one.record, moved })
  }
}

/** A record that is on one side only. */
interface Lone {
  readonly key: string
  readonly record: SideRecord
}

function lone(entries: ReadonlyMap<string, DiffEntry>, side: 'before' | 'after'): readonly Lone[] {
  const ones: Lone[] = []
  for (const [key, entry] of entries) {
    const record = entry[side]
    if (record && !entry[side === 'before' ? 'after' : 'before']) ones.push({ key, record })
  }
  return ones.sort((a, b) => (a.key < b.key ? -1 : 1))
}

function contentOf(value: RecordValue): string | undefined {
  const text = JSON.stringify(value)
  return text === '{}' ? undefined : text
}

function placeOf({ key, record }: Lone): RecordPlace {
  return record.kind !== 'problem' && record.file !== undefined ? { key, file: record.file } : { key }
}
