import { EspalierError } from '../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import type { RecordCodec } from './record-codec.ts'
import type { RecordSetCodec } from './record-set-codec.ts'
import { isJsonMap, type ValuePath } from './record-value.ts'

/**
 * The columns of a collection that stand for one language of another column: `title` with `locale: en` is
 * `titles.en` (format facts §2.6). Records are read with `title` and without `titles.en`. They are written as
 * the file has them; where it has neither, as `titles.en`.
 */
export interface LocaleShortcut {
  record(codec: RecordCodec): RecordCodec
  recordSet(codec: RecordSetCodec): RecordSetCodec
  /** A value as reading it back gives it: `titles.en` becomes `title` when there is no `title`. */
  exposed(stored: RecordValue): RecordValue
}

interface Pair {
  /** For example `title`. */
  readonly name: string
  /** For example `titles`. */
  readonly plural: string
  readonly locale: string
}

/** The locale shortcut of a definition; undefined when no column uses it. */
export function localeShortcut({
  columns,
  recordFile,
}: Pick<CollectionDefinition, 'columns' | 'recordFile'>): LocaleShortcut | undefined {
  const maps = new Set(columns.filter(({ type }) => type === 'map[locale]string').map(({ name }) => name))
  const pairs = columns.flatMap(({ name, locale }): readonly Pair[] =>
    locale !== undefined && maps.has(`${name}s`) ? [{ name, plural: `${name}s`, locale }] : [],
  )
  // A CSV cell holds no map, so that there is nothing to merge with.
  if (pairs.length === 0 || recordFile.format === 'csv') return undefined

  const exposed = (stored: RecordValue): RecordValue => pairs.reduce(expose, stored)
  const merged = (value: RecordValue, before: RecordValue | undefined): RecordValue =>
    isJsonMap(value)
      ? pairs.reduce((now, pair) => (hasField(before, pair.name) ? now : merge(now, pair)), value)
      : value // the codec says what is wrong with it
  const storedPath = (stored: RecordValue | undefined, path: ValuePath): ValuePath => {
    const pair = pairs.find(({ name }) => name === path[0])
    return pair === undefined || hasField(stored, pair.name)
      ? path
      : [pair.plural, pair.locale, ...path.slice(1)]
  }

  return {
    exposed,
    record: (codec) => {
      const { locate } = codec
      return {
        ...codec,
        parse: (bytes) => exposed(codec.parse(bytes)),
        parseMany: (files) =>
          codec.parseMany(files).map((value) => (value instanceof EspalierError ? value : exposed(value))),
        edit: (bytes, value) => codec.edit(bytes, merged(value, codec.parse(bytes))),
        create: (value, definition) => codec.create(merged(value, undefined), definition),
        ...(locate && { locate: (bytes, path) => locate(bytes, storedPath(codec.parse(bytes), path)) }),
      }
    },
    recordSet: (codec) => ({
      ...codec,
      parse(bytes) {
        const { records, faults } = codec.parse(bytes)
        return { records: mapValues(records, exposed), faults }
      },
      edit(bytes, changes) {
        const { records } = codec.parse(bytes)
        return codec.edit(
          bytes,
          mapValues(changes, (value, key) => (value === null ? null : merged(value, records.get(key)))),
        )
      },
      create: (records) => codec.create(mapValues(records, (value) => merged(value, undefined))),
      locate: (bytes, key, path) =>
        codec.locate(bytes, key, path && storedPath(codec.parse(bytes).records.get(key), path)),
    }),
  }
}

function expose(stored: RecordValue, { name, plural, locale }: Pair): RecordValue {
  const texts = hasField(stored, plural) ? stored[plural] : undefined
  const text = isJsonMap(texts) && hasField(texts, locale) ? texts[locale] : undefined
  if (typeof text !== 'string' || !isJsonMap(texts) || hasField(stored, name)) return stored
  const rest = withField(texts, locale)
  const others = withField(stored, plural, Object.keys(rest).length === 0 ? undefined : rest)
  return withField(others, name, text)
}

/** The opposite; a value that would not be read back the same is stored as it is. */
function merge(value: RecordValue, { name, plural, locale }: Pair): RecordValue {
  const text = hasField(value, name) ? value[name] : undefined
  const texts = hasField(value, plural) ? value[plural] : undefined
  if (typeof text !== 'string') return value
  if (texts === undefined) return withField(withField(value, name), plural, { [locale]: text })
  if (!isJsonMap(texts) || hasField(texts, locale) || Object.keys(texts).length === 0) return value
  return withField(withField(value, name), plural, withField(texts, locale, text))
}

const hasField = (value: RecordValue | undefined, name: string): boolean =>
  value !== undefined && Object.hasOwn(value, name)

/** A copy with the field set, or without it. */
function withField(value: RecordValue, name: string, field?: Json): RecordValue {
  const fields = new Map(Object.entries(value))
  if (field === undefined) fields.delete(name)
  else fields.set(name, field)
  return Object.fromEntries(fields)
}

function mapValues<From, To>(
  map: ReadonlyMap<string, From>,
  change: (value: From, key: string) => To,
): ReadonlyMap<string, To> {
  return new Map([...map].map(([key, value]) => [key, change(value, key)]))
}
