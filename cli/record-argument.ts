import type { DatabaseSchema } from '../src/protocol/schema.ts'
import type { Arguments } from './arguments.ts'
import { UsageError } from './io.ts'

/** A record as it is named on the command line. */
export interface RecordName {
  readonly collection: string
  readonly key: string
}

/**
 * Reads `<collection> <key> [field]`, or `<collection>/<key> [field]` as commands print it. Ids of subcollections and
 * the keys in them hold slashes too: which collections there are decides. Throws {@link UsageError}.
 */
export function readRecordArguments(
  args: Arguments,
  schema: DatabaseSchema,
): RecordName & { readonly field: string | undefined } {
  const [first = '', second, third] = [0, 1, 2].map((place) => args.argument(place))
  const record = schema.collections.has(first) ? undefined : splitRecordName(first, schema)
  if (record) {
    if (third !== undefined) throw new UsageError(`"${third}" is one argument too many.`)
    return { ...record, field: second }
  }
  if (second === undefined) throw new UsageError('Name the record: its collection and its key.')
  return { collection: first, key: second, field: third }
}

/** `<collection>/<key>` in its parts; undefined when it begins with no collection. */
export function splitRecordName(name: string, { collections }: DatabaseSchema): RecordName | undefined {
  for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
    const collection = name.slice(0, slash)
    if (collections.has(collection) && slash + 1 < name.length)
      return { collection, key: name.slice(slash + 1) }
  }
  return undefined
}
