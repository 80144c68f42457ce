import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import type { ValidateOptions, ValidationReport } from '../../../src/protocol/validation.ts'
import { equalValues } from '../record-diff.ts'
import { validateDatabase } from './validate-database.ts'
import type { ValidationSource } from './validation-source.ts'

/**
 * Checks what can have become wrong between two versions of a database: the records of changed files,
 * collections whose definition changed, references to records that went away, and the counts of both.
 * Everything that the newer version breaks and the older one did not is found; nothing is found that a
 * full validation of the newer one would not find.
 *
 * @param changedFiles paths from the database root, deleted ones included
 */
export async function validateChanges(
  before: ValidationSource,
  after: ValidationSource,
  changedFiles: ReadonlySet<string>,
  options: ValidateOptions = {},
): Promise<ValidationReport> {
  const whole = new Set<string>()
  const touched = new Set<string>()
  for (const definition of after.schema.collections.values()) {
    const { id, jsonSchema } = definition
    const older = before.schema.collections.get(id)
    const isSame = older !== undefined && equalValues(older, definition)
    if (!isSame || changedFiles.has(jsonSchema ?? '')) whole.add(id)
    else if (holdsAny(definition, changedFiles)) touched.add(id)
  }
  const lost = new Set<string>()
  const targets = [...after.schema.collections.values()].flatMap(({ columns, parent }) => [
    parent,
    ...columns.map((column) => column.references),
  ])
  for (const id of new Set(targets)) {
    if (id === undefined || !(whole.has(id) || touched.has(id))) continue
    if (await hasLostKeys(before, after, id)) lost.add(id)
  }
  return validateDatabase(after, options, { whole, touched, files: changedFiles, lost })
}

/** Whether one of the files may hold records of the collection, or of an instance of it. */
function holdsAny(definition: CollectionDefinition, files: ReadonlySet<string>): boolean {
  const dirs = [definition.recordsDir, ...(definition.otherRecordsDirs ?? [])]
  const prefixes = dirs.map((dir) =>
    dir.includes('{key}') ? dir.slice(0, dir.indexOf('{key}')) : dir && `${dir}/`,
  )
  for (const file of files) if (prefixes.some((prefix) => file.startsWith(prefix))) return true
  return false
}

async function hasLostKeys(before: ValidationSource, after: ValidationSource, id: string): Promise<boolean> {
  if (!after.schema.collections.get(id)?.readable.ok) return false
  // References into a collection that could not be read were not looked up.
  if (!before.schema.collections.get(id)?.readable.ok) return true
  const now = await after.keys(id)
  for (const key of await before.keys(id)) if (!now.has(key)) return true
  return false
}
