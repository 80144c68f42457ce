import type { CarryCommitOptions, CarrySource, ChangeSelection } from '../../../src/protocol/carry.ts'
import type { DiffRequest } from '../../../src/protocol/diff.ts'
import type { HistoryOptions, LogOptions } from '../../../src/protocol/history.ts'
import type { MergeCommitOptions, MergeOptions } from '../../../src/protocol/merge-calls.ts'
import { type Allowed, needOptions, refuseOption as refuse } from '../../../src/protocol/options.ts'
import type { DatabaseSchema } from '../../../src/protocol/schema.ts'
import { isJsonMap } from '../../format/record-value.ts'
import { simpleStrategies } from '../../merge/read-strategies.ts'
import { badArgument } from '../common/bad-argument.ts'
import { collectionMissing } from '../snapshots/commit-snapshot.ts'

/** Of both sides, and perhaps of their base. */
export type Schemas = [DatabaseSchema, ...DatabaseSchema[]]

const modes = ['field', 'record', 'file']
const mergeOptions = {
  mode: true,
  strategies: true,
  allowUnrelated: 'boolean',
  followRenames: 'boolean',
} as const
const carryOptions = {
  onConflict: ['stop', 'skip', 'ours', 'theirs'],
  message: 'string',
  select: true,
} as const
const diffOptions: { readonly [Name in keyof DiffRequest]-?: Allowed } = {
  base: ['merge-base'],
  collections: true,
  keys: true,
  fields: true,
  limit: 0,
  patch: 'boolean',
  from: true,
  to: true,
}
const logOptions: { readonly [Name in keyof LogOptions]-?: Allowed } = {
  limit: 0,
  at: true,
  author: 'string',
  text: 'string',
  since: true,
  until: true,
  collection: 'string',
  key: 'string',
  graph: 'boolean',
}

/**
 * Throws `engine/bad-argument` for options of a merge that mean nothing on either side, `record/collection-missing` for
 * collections that neither has.
 */
export function checkMergeOptions(options: MergeOptions, schemas: Readonly<Schemas>): void {
  needOptions(options, mergeOptions)
  const { mode, strategies: declared } = options
  if (isJsonMap(mode)) {
    needCollections(Object.keys(mode), schemas)
    for (const [id, one] of Object.entries(mode)) needOneOf(`mode.${id}`, one, modes)
  } else needOneOf('mode', mode, modes)
  if (declared === undefined) return
  if (!isJsonMap(declared)) refuse('strategies', declared, 'strategies by collection and field')
  needCollections(Object.keys(declared), schemas)
  for (const [id, fields] of Object.entries(declared)) {
    const option = `strategies.${id}`
    if (!isJsonMap(fields)) refuse(option, fields, 'strategies by field')
    for (const [field, strategy] of Object.entries(fields)) {
      needField(option, id, field, schemas)
      checkStrategy(`${option}.${field}`, id, strategy, schemas)
    }
  }
}

/** Throws `engine/bad-argument`; what the values are is checked where a commit is prepared. */
export function checkMergeCommitOptions(options: MergeCommitOptions): void {
  const signing = { author: true, committer: true, timeZone: true, audit: true, trailers: true } as const
  needOptions(options, { message: 'string', noFastForward: 'boolean', ...signing })
}

function checkStrategy(option: string, id: string, strategy: unknown, schemas: Readonly<Schemas>): void {
  if (isJsonMap(strategy)) {
    const { key, newest } = strategy
    if (typeof key === 'string') return
    if (typeof newest === 'string') return needField(`${option}.newest`, id, newest, schemas)
  } else if (simpleStrategies.includes(strategy as string)) return // what is no text is in no list of texts
  refuse(option, strategy, `${simpleStrategies.join(', ')}, { key } or { newest }`)
}

function needField(option: string, id: string, field: string, schemas: Readonly<Schemas>): void {
  const names = fieldsWithout(field, id, schemas)
  if (names) refuse(option, field, `a field of ${id}: ${names.join(', ')}`)
}

/**
 * The fields of a collection where none has this name. Fields that start with `$` belong to the format; without columns
 * all names are fine.
 */
export function fieldsWithout(
  field: string,
  id: string,
  schemas: readonly DatabaseSchema[],
): readonly string[] | undefined {
  const names = new Set<string>()
  for (const { collections } of schemas) {
    const { columns = [], recordFile: { contentField } = {} } = collections.get(id) ?? {}
    for (const { name } of columns) names.add(name)
    if (contentField !== undefined && names.size > 0) names.add(contentField)
  }
  const [first = ''] = field.split('.')
  const isKnown = names.size === 0 || names.has(field) || names.has(first) || first.startsWith('$')
  return isKnown ? undefined : [...names]
}

/** Throws `engine/bad-argument`: only commits have a mainline; change sets are not carried whole. */
export function checkCarryOptions(source: CarrySource, options: CarryCommitOptions): void {
  const { kind } = source
  if (kind === 'restore') checkRestore(source)
  needOptions(options, kind === 'commit' ? { ...carryOptions, mainline: 1, whole: 'boolean' } : carryOptions)
  const { select } = options
  if (select === undefined) return
  if (!Array.isArray(select) || !select.every(isSelection))
    refuse('select', select, 'a list of { collection, key }, perhaps with fields, and { file }')
}

function checkRestore(source: Extract<CarrySource, { readonly kind: 'restore' }>): void {
  const allowed = { from: true, collections: true } as const
  // Whole collections are not chosen by key, and records alone are no commit.
  const more = source.whole ? ({ message: 'string' } as const) : ({ keys: true } as const)
  needOptions(source, { ...allowed, ...more, whole: 'boolean', kind: true })
  if (source.from === undefined) throw badArgument('Say with "from" which revision to restore from.')
}

function isSelection(one: unknown): one is ChangeSelection {
  if (!isJsonMap(one)) return false
  const { collection, key, file, fields = [] } = one
  if (collection === undefined) return typeof file === 'string'
  return areTexts([collection, key]) && Array.isArray(fields) && fields.every(areTexts)
}

/** Throws `engine/bad-argument`. */
export function checkDiffRequest(request: DiffRequest): void {
  needOptions(request, diffOptions)
  for (const option of ['collections', 'keys', 'fields'] as const) needTexts(option, request[option])
}

/** Throws `engine/bad-argument`. */
export function checkLogOptions(options: LogOptions): void {
  needOptions(options, logOptions)
  for (const option of ['since', 'until'] as const) {
    const time: unknown = options[option]
    if (time !== undefined && !(time instanceof Date && time.getTime() === time.getTime()))
      refuse(option, time, 'a Date')
  }
}

/** Throws `engine/bad-argument`. */
export function checkHistoryOptions(options: HistoryOptions): void {
  needOptions(options, { limit: 0, fields: true, at: true })
  needTexts('fields', options.fields)
}

/** Throws `record/collection-missing` when none of the sides has one. */
export function needCollections(ids: readonly string[] | undefined, schemas: Readonly<Schemas>): void {
  for (const id of ids ?? [])
    if (!schemas.some(({ collections }) => collections.has(id))) throw collectionMissing(id, schemas[0])
}

function needOneOf(option: string, value: unknown, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value as string)) refuse(option, value, allowed.join(', ')) // what is no text is in no list of texts
}

function needTexts(option: string, value: unknown): void {
  if (value !== undefined && !areTexts(value)) refuse(option, value, 'a list of texts')
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
