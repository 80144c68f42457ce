import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { KeyedPatch, NewRecord } from '../protocol/writes.ts'
import { EspalierError, isEspalierError } from '../protocol/errors.ts'
import { isMap } from '../protocol/options.ts'
import type { Issue } from '../protocol/issues.ts'
import type { Json, RecordValue, Row } from '../protocol/records.ts'
import { fieldsOf } from './rows.ts'

/** Runs an app's own validator on what is written to one collection, before it is sent to the engine. */
export interface WriteCheck {
  /** The values as the validator gives them back. Throws `record/invalid` with the issues of all of them. */
  values<Given extends NewRecord>(rows: readonly Given[]): Promise<readonly Given[]>
  /**
   * Validates the records that the patches would make, then sends what changes in them. `$rev` guards what was
   * validated: when a record changed meanwhile, it is read and validated again.
   */
  update(
    patches: readonly KeyedPatch[],
    read: (key: string) => Promise<Row | undefined>,
    send: (patches: readonly KeyedPatch[]) => Promise<readonly Row[]>,
  ): Promise<readonly Row[]>
}

const maxAttempts = 5

/** The check of a collection, by a validator of any library that speaks Standard Schema. */
export function createWriteCheck(collection: string, schema: StandardSchemaV1): WriteCheck {
  const values = async <Given extends NewRecord>(rows: readonly Given[]): Promise<readonly Given[]> => {
    const issues: Issue[] = []
    const checked: Given[] = []
    for (const row of rows) {
      const result = await schema['~standard'].validate(row.value)
      if (result.issues) issues.push(...result.issues.map((issue) => describe(collection, row.key, issue)))
      else checked.push({ ...row, value: result.value as RecordValue }) // what the app's validator vouches for
    }
    if (issues.length > 0) throw invalid(collection, issues)
    return checked
  }

  const merge = async (
    patches: readonly KeyedPatch[],
    read: (key: string) => Promise<Row | undefined>,
  ): Promise<readonly KeyedPatch[]> => {
    // What is no patch is the engine's to refuse.
    if (!patches.every((each) => isMap(each?.patch))) return patches
    const rows = await Promise.all(patches.map(({ key }) => read(key)))
    const present = patches.flatMap((patch, index) => {
      const row = rows[index]
      return row ? [{ patch, row, before: fieldsOf(row) }] : []
    })
    const after = await values(
      present.map(({ patch, before }) => ({ key: patch.key, value: applyPatch(before, patch.patch) })),
    )
    const guarded = new Map(
      present.map(({ patch, row, before }, index) => [
        patch,
        {
          ifMatch: row.$rev,
          ...patch,
          patch: difference(before, after[index]?.value ?? {}, patch.patch),
        },
      ]),
    )
    // A record that is missing is the engine's to report.
    return patches.map((patch) => guarded.get(patch) ?? patch)
  }

  return {
    values,
    update: async (patches, read, send) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await send(await merge(patches, read))
        } catch (error) {
          if (attempt === maxAttempts || !isEspalierError(error, 'record/changed')) throw error
          // Only a revision of ours can be read again.
          if (patches.every(({ ifMatch }) => ifMatch !== undefined)) throw error
        }
      }
    },
  }
}

function applyPatch(before: RecordValue, patch: KeyedPatch['patch']): RecordValue {
  const after = new Map(Object.entries(before))
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) after.delete(name)
    else after.set(name, value)
  }
  return Object.fromEntries(after)
}

/** What to send: the patched fields, and others that the validator gave another value. */
function difference(
  before: RecordValue,
  after: RecordValue,
  patch: KeyedPatch['patch'],
): KeyedPatch['patch'] {
  const sent = new Map<string, Json | undefined>()
  for (const [name, value] of Object.entries(after))
    if (Object.hasOwn(patch, name) || JSON.stringify(value) !== JSON.stringify(before[name]))
      sent.set(name, value)
  for (const [name, value] of Object.entries(patch))
    if (value === undefined && !Object.hasOwn(after, name)) sent.set(name, undefined)
  return Object.fromEntries(sent)
}

function describe(collection: string, key: string | undefined, issue: StandardSchemaV1.Issue): Issue {
  const path = issue.path?.map((part) => {
    const name = typeof part === 'object' ? part.key : part
    return typeof name === 'number' ? name : String(name)
  })
  return {
    code: 'validation/schema',
    severity: 'error',
    message: issue.message,
    file: '',
    collection,
    ...(key === undefined ? {} : { key }),
    ...(path === undefined ? {} : { path }),
  }
}

function invalid(collection: string, issues: readonly Issue[]): EspalierError {
  const [first] = issues
  const name = first?.key === undefined ? 'A new record' : `"${first.key}"`
  const more = issues.length > 1 ? ` and ${issues.length - 1} more` : ''
  return new EspalierError(
    'record/invalid',
    `${name} is not valid in "${collection}": ${first?.message}${more}. Correct what data.issues lists.`,
    { data: { collection, ...(first?.key === undefined ? {} : { key: first.key }), issues } },
  )
}
