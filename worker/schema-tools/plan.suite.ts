import type { SchemaChange, SchemaPlan } from '../../src/protocol/schema-changes.ts'
import type { FileEdit } from '../format/file-edit.ts'
import { createMemoryFileTree } from '../format/memory-file-tree.ts'
import { readDatabaseSchema } from '../format/schema/schema.ts'
import { createTreeValidationSource } from '../format/validation/tree-source.ts'
import { validateDatabase } from '../format/validation/validate-database.ts'
import { planSchemaChanges } from './plan-changes.ts'
import { everyFormat as plugins } from '../format/format-extras.ts'

/** The files of a small database, as text or bytes. */
export type Files = { readonly [path: string]: string | Uint8Array }

/** The files after a plan's edits, made in the plainest way. */
export function applyEdits(files: Files, edits: readonly FileEdit[]): { readonly [path: string]: string } {
  const result = new Map(Object.entries(files))
  for (const edit of edits) if ('from' in edit) result.delete(edit.from)
  for (const edit of edits) {
    if ('bytes' in edit) result.set(edit.path, edit.bytes)
    else if ('from' in edit) result.set(edit.path, files[edit.from] ?? '?')
    else result.delete(edit.path)
  }
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return Object.fromEntries(
    [...result].map(([path, content]) => [
      path,
      typeof content === 'string' ? content : decoder.decode(content),
    ]),
  )
}

/** Plans changes on files. */
export async function planOn(
  files: Files,
  ...changes: readonly SchemaChange[]
): Promise<{ readonly plan: SchemaPlan; readonly files: { readonly [path: string]: string } }> {
  const tree = createMemoryFileTree(files)
  const { plan, edits } = await planSchemaChanges(
    tree,
    await readDatabaseSchema(tree, { plugins }),
    changes,
    { plugins },
  )
  return { plan, files: applyEdits(files, edits) }
}

/** What validation says of files, and their records by collection and key. */
export async function readAll(files: Files): Promise<{
  readonly issues: readonly string[]
  readonly records: { readonly [collection: string]: { readonly [key: string]: unknown } }
}> {
  const tree = createMemoryFileTree(files)
  const schema = await readDatabaseSchema(tree, { strict: true, plugins })
  const source = createTreeValidationSource(tree, schema, { plugins })
  const { issues } = await validateDatabase(source)
  const records = new Map<string, { readonly [key: string]: unknown }>()
  for (const { id, readable } of schema.collections.values()) {
    if (readable.ok) records.set(id, Object.fromEntries((await source.records(id)).records))
  }
  return {
    issues: issues.map(({ file, message }) => `${file}: ${message}`),
    records: Object.fromEntries(records),
  }
}
