import type { RecordValue } from '../../src/protocol/records.ts'
import type { ColumnInput } from '../../src/protocol/schema-changes.ts'
import { resolveForeignKey } from '../format/schema/schema-references.ts'
import { valueOf } from './infer-columns.ts'

/** What is known of a collection that may refer, or be referred to. */
export interface Referrer {
  readonly id: string
  readonly records: ReadonlyMap<string, RecordValue>
  readonly columns: ReadonlyMap<string, ColumnInput>
}

/** Without a telling name, so many different values must all be keys of one other collection. */
const minUnnamedValues = 5

/**
 * The foreign keys of a collection's columns, by column: all values of the column are keys of the collection
 * that its name tells (`country_id`, `billingCountry`, `parent_id`), or of the only one that has them all.
 */
export function inferForeignKeys(
  { id, records, columns }: Referrer,
  all: ReadonlyMap<string, Referrer>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, { type }] of columns) {
    if (type !== 'string' && type !== 'int') continue
    const values = textsOf(records, name)
    if (values === undefined || values.size === 0) continue
    const fitting = [...all.values()].filter((target) =>
      [...values].every((value) => target.records.has(value)),
    )
    const named = fitting
      .map((target) => ({ target, rank: nameRank(name, target.id, id) }))
      .filter(({ rank }) => rank > 0)
      .toSorted((a, b) => b.rank - a.rank)[0]?.target
    const others = fitting.filter((target) => target.id !== id)
    const isTelling = type === 'string' && values.size >= minUnnamedValues && others.length === 1
    const target = named ?? (isTelling ? others[0] : undefined)
    const spelled = target && spellForeignKey(target.id, id, all)
    if (spelled !== undefined) found.set(name, spelled)
  }
  return found
}

/** The different values of a column as text; undefined when one of them can be no reference. */
function textsOf(records: ReadonlyMap<string, RecordValue>, name: string): ReadonlySet<string> | undefined {
  const texts = new Set<string>()
  for (const record of records.values()) {
    const value = valueOf(record, name)
    if (value === null || value === '') continue
    if (typeof value !== 'string' && typeof value !== 'number') return undefined
    texts.add(String(value))
  }
  return texts
}

/** How well a column's name tells a collection; 0 when it does not. */
function nameRank(column: string, target: string, own: string): number {
  const stem = column
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/_?(?:id|key|code|ref|slug)$/, '')
  if (target === own && /^parent(?:_|$)/.test(stem)) return 1000
  const last = (target.split('.').at(-1) ?? target).toLowerCase()
  // Singular and plural: countries, boxes, cities, tags.
  const forms = [last, last.replace(/ies$/, 'y'), last.replace(/es$/, ''), last.replace(/s$/, '')]
  // A column that names its own collection is its key.
  const isTold =
    target !== own && forms.some((form) => form !== '' && (stem === form || stem.endsWith(`_${form}`)))
  if (!isTold) return 0
  return last.length + (parentId(target) === parentId(own) ? 0.5 : 0)
}

function parentId(id: string): string {
  return id.slice(0, id.lastIndexOf('.') + 1)
}

/** The shortest text that means a collection; undefined when none does. */
function spellForeignKey(
  target: string,
  own: string,
  all: ReadonlyMap<string, Referrer>,
): string | undefined {
  const last = target.slice(target.lastIndexOf('.') + 1)
  return [last, target].find((text) => resolveForeignKey(text, own, all) === target)
}
