import type { HandleId } from '../protocol/engine.ts'
import { EspalierError } from '../protocol/errors.ts'
import { needOptions, refuseOption, type Allowed } from '../protocol/options.ts'
import type { Condition } from '../protocol/query.ts'
import type { Patch, Row } from '../protocol/records.ts'
import type { WriteOptions } from '../protocol/validation.ts'
import type { KeyedPatch, KeyedRecord, NewRecord, WriteOperation } from '../protocol/writes.ts'
import { sendWrite } from './bulk-write.ts'
import { withDefaults, withMadeKey } from './collection-options.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'
import { compileWhere } from './queries/compile-where.ts'
import { wholeKeys } from './queries/own-keys.ts'
import { keyScope, splitRow } from './rows.ts'
import { createWriteCheck } from './write-check.ts'
import type { CheckOptions, CollectionWrites, DeleteOptions, MatchOptions } from './collection-writes.ts'

/** The writes of one collection through a handle; of the records below one parent when it is given. */
export function createCollectionWrites<Fields extends object, Insert extends object, Key extends string>(
  connection: Connection,
  handle: HandleId,
  collection: string,
  parent: string | undefined,
  get: (key: string) => Promise<Row | undefined>,
): CollectionWrites<Fields, Insert, Key> {
  type Writes = CollectionWrites<Fields, Insert, Key>
  const { whole, own } = keyScope(parent)
  const { schemas, collections } = connection
  const { defaults, id } =
    (collections && Object.hasOwn(collections, collection) && collections[collection]) || {}
  const schema = schemas && Object.hasOwn(schemas, collection) ? schemas[collection] : undefined
  const check = schema && createWriteCheck(collection, schema)
  // Rows cross the boundary as plain records; their static type is what the app's schema says of the collection.
  const typed = (rows: readonly Row[]): readonly Row<Fields, Key>[] =>
    rows as unknown as readonly Row<Fields, Key>[]
  const first = ([row]: readonly Row<Fields, Key>[]): Row<Fields, Key> => row as Row<Fields, Key> // the engine answers a row for each

  const write = async (operation: WriteOperation, options?: WriteOptions): Promise<readonly Row[]> => {
    askForPersistence()
    return (await sendWrite(connection, handle, operation, options)).map(own)
  }
  const below = parent === undefined ? {} : { parent }
  const withWhole = <T extends { readonly key?: string }>(named: readonly T[]): readonly T[] =>
    parent === undefined
      ? named
      : named.map((each) => (each?.key === undefined ? each : { ...each, key: whole(each.key) }))
  const writeRows = async (
    kind: 'insert' | 'replace' | 'upsert',
    given: readonly (NewRecord & MatchOptions)[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]> => {
    const rows =
      defaults && kind !== 'replace'
        ? given.map((row) => ({ ...row, value: withDefaults(row.value, defaults) }))
        : given
    const checked = check ? await check.values(rows) : rows
    const keyed =
      typeof id === 'function' && kind !== 'replace'
        ? checked.map((row) => withMadeKey(row, collection, id))
        : checked
    return typed(await write({ kind, collection, rows: withWhole(keyed), ...below }, options))
  }
  const guarded = (row: object, ifMatch: string | undefined): NewRecord & MatchOptions =>
    ifMatch === undefined ? splitRow(row) : { ...splitRow(row), ifMatch }
  const writeOne =
    (kind: 'replace' | 'upsert'): Writes['replace'] =>
    async (row, given) => {
      const { ifMatch, ...options } = needed(given, oneOptions)
      return first(await writeRows(kind, [guarded(row, ifMatch)], options))
    }
  const writeMany =
    (kind: 'replace' | 'upsert'): Writes['replaceMany'] =>
    async (rows, given) => {
      const { ifMatch, ...options } = needed(given, manyOptions)
      // A row that was not read has no revision, and matches none.
      const guardedRows = needList(rows).map((row) => guarded(row, ifMatch && (revisionIn(row) ?? '')))
      return writeRows(kind, guardedRows, options)
    }

  const updateMany = async (
    patches: readonly KeyedPatch[],
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]> => {
    const send = (checked: readonly KeyedPatch[]): Promise<readonly Row[]> =>
      write({ kind: 'update', collection, patches: withWhole(checked) }, options)
    return typed(await (check ? check.update(patches, get, send) : send(patches)))
  }
  const conditionOf = (
    wanted: { readonly where: unknown } | undefined,
  ): { readonly where: Condition; readonly parent?: string } => {
    const condition = compileWhere(wanted?.where)
    // What is ignored here would make the write one of more records.
    needOptions(wanted, { where: true })
    return { where: parent !== undefined ? wholeKeys(condition, parent) : condition, ...below }
  }
  const updateWhere = async (
    wanted: { readonly where: unknown },
    patch: Patch,
    options?: CheckOptions,
  ): Promise<readonly Row<Fields, Key>[]> => {
    if (check) throw noValidator(collection)
    return typed(await write({ kind: 'updateWhere', collection, patch, ...conditionOf(wanted) }, options))
  }
  const deleteMany = async (
    wanted: readonly (string | KeyedRecord)[] | { readonly where: unknown },
    given: DeleteOptions | undefined,
  ): Promise<void> => {
    const { permanent, ...options } = needed(given, deleteOptions)
    const how = permanent && { permanent }
    if (isList(wanted)) {
      const records = wanted.map((key) => (typeof key === 'string' ? { key } : key))
      await write({ kind: 'delete', collection, keys: withWhole(records), ...how }, options)
    } else await write({ kind: 'deleteWhere', collection, ...conditionOf(wanted), ...how }, options)
  }

  return {
    insert: async (row, given) =>
      first(await writeRows('insert', [splitRow(row)], needed(given, checkOptions))),
    insertMany: async (rows, given) =>
      writeRows('insert', needList(rows).map(splitRow), needed(given, checkOptions)),
    update: async (key, typedPatch, given) => {
      const { ifMatch, ...options } = needed(given, oneOptions)
      const patch = typedPatch as Patch // the schema's fields are JSON
      return first(await updateMany([{ key, patch, ...(ifMatch !== undefined && { ifMatch }) }], options))
    },
    updateMany: async (wanted: unknown, ...rest: readonly unknown[]) =>
      // The two forms, as their overloads say.
      Array.isArray(wanted)
        ? updateMany(wanted as readonly KeyedPatch[], needed(rest[0] as CheckOptions, checkOptions))
        : updateWhere(
            wanted as { readonly where: unknown },
            rest[0] as Patch,
            needed(rest[1] as CheckOptions, checkOptions),
          ),
    replace: writeOne('replace'),
    replaceMany: writeMany('replace'),
    upsert: writeOne('upsert'),
    upsertMany: writeMany('upsert'),
    delete: async (key, given) => {
      const { ifMatch, ...options } = needed(given, { ...deleteOptions, ifMatch: 'string' })
      return deleteMany([{ key, ...(ifMatch !== undefined && { ifMatch }) }], options)
    },
    deleteMany,
    restore: async (key, given) => {
      const { from, ...options } = needed(given, { ...checkOptions, from: true })
      const named = from !== undefined && { from }
      return first(typed(await write({ kind: 'restore', collection, keys: [whole(key)], ...named }, options)))
    },
  }
}

const checkOptions = { validate: ['on', 'off'] }
const oneOptions = { ...checkOptions, ifMatch: 'string' }
const manyOptions = { ...checkOptions, ifMatch: ['$rev'] }
const deleteOptions = {
  ...checkOptions,
  references: ['restrict', 'cascade', 'set-null'],
  permanent: 'boolean',
}

/** The options of a call, checked. */
function needed<Options extends object>(
  given: Options | undefined,
  allowed: { readonly [option: string]: Allowed },
): Options | Partial<Options> {
  needOptions(given, allowed)
  return given ?? {}
}

function needList<Each>(rows: readonly Each[]): readonly Each[] {
  return Array.isArray(rows) ? rows : refuseOption('rows', rows, 'a list')
}

function isList<Each>(wanted: readonly Each[] | { readonly where: unknown }): wanted is readonly Each[] {
  return Array.isArray(wanted)
}

function noValidator(collection: string): EspalierError {
  return new EspalierError(
    'engine/bad-argument',
    `${collection} has a validator of the app, which cannot check an update by condition. Find the rows, and update them by key.`,
    { data: { collection } },
  )
}

function revisionIn(row: object): string | undefined {
  const { $rev } = row as Partial<Row> // a row that was read carries it
  return $rev
}
