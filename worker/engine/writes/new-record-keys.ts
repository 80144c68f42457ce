import type { KeyGenerator } from '../../../src/protocol/collection-settings.ts'
import { EspalierError } from '../../../src/protocol/errors.ts'
import type { NewRecord } from '../../../src/protocol/writes.ts'
import { keyFieldsOf } from '../../format/list-keys.ts'
import { isDeviceName } from '../../format/record-keys.ts'
import { joinKey, keyText, splitKey } from '../../format/record-layout.ts'
import { twinKey } from '../../git/objects/path-safety.ts'
import { createUlid, createUuid, slugOf } from '../../records/key-makers.ts'
import type { EditView } from './plan-edits.ts'

/** A row that has its key. */
export type KeyedRow<Given extends NewRecord = NewRecord> = Given & { readonly key: string }

/**
 * Gives keys to new records that came without: the one that their fields name (rows of lists have their keys in them),
 * or one that is made. Records that came with a key get it into those fields. `parent`: that of records of a
 * subcollection, as it stands in keys.
 *
 * Throws `record/bad-key` where there is none, and the collection makes none.
 */
export async function withKeys<Given extends NewRecord>(
  view: EditView,
  rows: readonly Given[],
  generator: KeyGenerator | undefined,
  parent = '',
): Promise<readonly KeyedRow<Given>[]> {
  const { definition } = view.collection
  const fields = keyFieldsOf(definition)
  if (!fields && rows.every(({ key }) => key !== undefined)) return rows as readonly KeyedRow<Given>[]
  const make = generator && keyMaker(view, rows, generator, parent)
  const keyed: KeyedRow<Given>[] = []
  for (const row of rows) {
    const named = row.key === undefined ? fields?.keyIn(row.value) : undefined
    const key = row.key ?? (named === undefined ? await make?.(row) : joinKey(parent, named))
    if (key === undefined) throw noKey(definition.id)
    const value = fields ? fields.withKey(splitKey(definition, keyText(key)).own, row.value) : row.value
    keyed.push({ ...row, key, value })
  }
  return keyed
}

type KeyMaker = (row: NewRecord) => Promise<string>

function keyMaker(
  view: EditView,
  rows: readonly NewRecord[],
  generator: KeyGenerator,
  parent: string,
): KeyMaker {
  if (generator === 'uuid') return async () => joinKey(parent, createUuid())
  if (generator === 'ulid') return async () => joinKey(parent, createUlid())
  const { slug: field } = generator
  const taken = new Set(rows.flatMap(({ key }) => (key === undefined ? [] : [twinKey(key)])))
  /** The number to try next, by slug. */
  const numbers = new Map<string, number>()
  return async ({ value }) => {
    const slug = slugOf(Object.hasOwn(value, field) ? value[field] : undefined)
    const committed = await view.collection.keysByTwin?.()
    // What no file may be called is as good as taken.
    const first = isDeviceName(slug) ? 2 : 1
    for (let number = numbers.get(slug) ?? first; ; number++) {
      const key = joinKey(parent, number === 1 ? slug : `${slug}-${number}`)
      const twin = twinKey(key)
      if (taken.has(twin) || view.newTwin(twin) !== undefined) continue
      const there = committed ? committed.has(twin) : (await view.collection.values([key]))[0] !== undefined
      if (there) continue
      numbers.set(slug, number + 1)
      taken.add(twin)
      return key
    }
  }
}

function noKey(collection: string): EspalierError {
  return new EspalierError(
    'record/bad-key',
    `A record of ${collection} needs a key. Give it as "$id", or open the database with collections: { '${collection}': { id: 'uuid' } }.`,
    { data: { collection } },
  )
}
