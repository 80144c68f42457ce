import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { Choice } from '../../../../src/protocol/merge.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { equalValues } from '../../../format/record-diff.ts'
import { pairMoves, underKey } from './pair-moves.ts'
import type { MetRecord } from '../merging/read-units.ts'

type Records = ReadonlyMap<string, MetRecord>
const sides = ['ours', 'theirs'] as const

/** What is not known of a collection before it is wanted. */
export interface OtherRecords {
  /** What the sides changed alone. */
  readonly ours: () => Promise<Records>
  readonly theirs: () => Promise<Records>
  /** What both deleted, where that may have been a move. */
  readonly gone: () => Promise<Records>
}

/** The keys that a record has on the sides; undefined where it was deleted. */
export interface MovedKeys {
  readonly base: string
  readonly ours: string | undefined
  readonly theirs: string | undefined
}

/**
 * Follows records that were given another key, so that they are merged under it: the edits that the other side made
 * under the old key, and both sides' where both moved it. `ask` says which of two keys a record is to have, or whether one
 * that the other side deleted is to be there.
 */
export async function followMoves(
  definition: CollectionDefinition,
  met: Records,
  others: OtherRecords,
  ask: (keys: MovedKeys, file: string) => Choice | undefined,
): Promise<Records> {
  const torn = { ours: keysOf(met, isTornIn('ours')), theirs: keysOf(met, isTornIn('theirs')) }
  const gone = new Map([...met, ...(await others.gone())].filter(([, record]) => isGone(record)))
  if (torn.ours.length + torn.theirs.length + gone.size === 0) return met

  const known = new Map([...met, ...gone])
  const pairs = { ours: new Map<string, string>(), theirs: new Map<string, string>() } as Record<
    'ours' | 'theirs',
    ReadonlyMap<string, string>
  >
  for (const side of sides) {
    const wanted = [...torn[side], ...gone.keys()]
    if (wanted.length === 0) continue
    const all = new Map([...(await others[side]()), ...known])
    const valuesOf = (take: (record: MetRecord) => RecordValue | undefined): Map<string, RecordValue> =>
      new Map([...all].flatMap(([key, record]) => ((value) => (value ? [[key, value]] : []))(take(record))))
    pairs[side] = pairMoves(
      definition,
      wanted,
      valuesOf(({ base, [side]: now }) => (now ? undefined : base)),
      valuesOf(({ base, [side]: now }) => (base ? undefined : now)),
    )
    for (const [key, record] of all) known.set(key, record)
  }
  const moved = new Map(met)
  /** A record that can be written: of a shared file that only one side changed the others are not known here. */
  const placeOf = (key: string | undefined): MetRecord | undefined => {
    const place = key === undefined ? undefined : known.get(key)
    return place && (met.has(key ?? '') || place.unit.unit.key !== undefined) ? place : undefined
  }

  for (const side of sides) {
    const other = side === 'ours' ? 'theirs' : 'ours'
    for (const key of torn[side]) {
      const to = pairs[side].get(key) ?? ''
      const record = met.get(key)
      const there = placeOf(to)
      const value = there?.[side]
      if (!record || !there || !value || there[other]) continue
      const under = (of: RecordValue | undefined): RecordValue | undefined =>
        of && underKey(definition, [key, of], [to, value])
      moved.set(key, { ...record, movedAway: true })
      moved.set(to, { ...there, base: under(record.base), [other]: under(record[other]), [side]: value })
    }
  }
  for (const [key, record] of gone) {
    const [our = '', their = ''] = sides.map((side) => pairs[side].get(key))
    const [ours, theirs] = [placeOf(our), placeOf(their)]
    const { base } = record
    if (!base) continue
    if (!ours?.ours || !theirs?.theirs) {
      const side = ours?.ours ? 'ours' : 'theirs'
      const [there, to] = side === 'ours' ? [ours, our] : [theirs, their]
      const value = there?.[side]
      if (!there || !value || there[side === 'ours' ? 'theirs' : 'ours']) continue
      const deleted = { base: key, ours: undefined, theirs: undefined, [side]: to }
      const [chosen] = chosenKeys(deleted, there.files[side]?.path ?? '', ask, side)
      if (chosen === to) continue
      moved.set(to, { ...there, movedAway: true })
      if (chosen === key) {
        const kept = underKey(definition, [to, value], [key, base])
        moved.set(key, { ...record, ours: kept, theirs: kept })
      }
      continue
    }
    if (our === their) {
      if (met.has(our)) moved.set(our, { ...ours, base: underKey(definition, [key, base], [our, ours.ours]) })
      continue
    }
    if (ours.theirs || theirs.ours) continue
    const file = (ours.files.ours ?? theirs.files.theirs)?.path ?? ''
    const [chosen, another] = chosenKeys({ base: key, ours: our, theirs: their }, file, ask)
    if (another !== undefined) continue
    moved.set(our, { ...ours, movedAway: true })
    moved.set(their, { ...theirs, movedAway: true })
    if (chosen === undefined) continue
    const like = chosen === our ? ours.ours : chosen === their ? theirs.theirs : base
    const under = (from: string, value: RecordValue): RecordValue =>
      underKey(definition, [from, value], [chosen, like])
    moved.set(chosen, {
      ...(chosen === our ? ours : chosen === their ? theirs : record),
      base: under(key, base),
      ours: under(our, ours.ours),
      theirs: under(their, theirs.theirs),
      askedAs: key,
    })
  }
  return moved
}

function keysOf(records: Records, isWanted: (record: MetRecord) => boolean): readonly string[] {
  return [...records].flatMap(([key, record]) => (isWanted(record) ? [key] : []))
}

/** Removed on this side, edited on the other. */
function isTornIn(side: 'ours' | 'theirs'): (record: MetRecord) => boolean {
  return ({ base, ours, theirs }) => {
    const [own, other] = side === 'ours' ? [ours, theirs] : [theirs, ours]
    return base !== undefined && own === undefined && other !== undefined && !equalValues(base, other)
  }
}

function isGone({ base, ours, theirs }: MetRecord): boolean {
  return base !== undefined && !ours && !theirs
}

/** The keys that a record is to have: none when it is to be deleted. */
function chosenKeys(
  keys: MovedKeys,
  file: string,
  ask: (keys: MovedKeys, file: string) => Choice | undefined,
  unless: 'ours' | 'theirs' = 'ours',
): readonly string[] {
  const choice = ask(keys, file) ?? unless
  const all: Readonly<Record<typeof choice & string, readonly (string | undefined)[]>> = {
    ours: [keys.ours],
    theirs: [keys.theirs],
    base: [keys.base],
    both: [keys.ours, keys.theirs],
    delete: [],
  }
  if (typeof choice === 'string') return all[choice].filter((key) => key !== undefined)
  throw new EspalierError(
    'merge/bad-choice',
    `Choose the key of one side for "${keys.base}", or "both": no other value stands for a record that was moved twice.`,
    { data: { key: keys.base } },
  )
}
