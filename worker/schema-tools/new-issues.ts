import type { Issue } from '../../src/protocol/issues.ts'
import type { PlannedFile } from '../../src/protocol/schema-changes.ts'
import type { FileTree } from '../format/file-tree.ts'
import { readDatabaseSchema } from '../format/schema/schema.ts'
import { createTreeValidationSource } from '../format/validation/tree-source.ts'
import { validateChanges } from '../format/validation/validate-changes.ts'
import { validateDatabase } from '../format/validation/validate-database.ts'
import type { IssuePlace, Planning } from './planning.ts'

/** What is wrong after the changes and was not before, by strict reading and validation. */
export async function newIssues(
  base: FileTree,
  { tree, options, follow }: Pick<Planning, 'tree' | 'options' | 'follow'>,
  files: readonly PlannedFile[],
): Promise<readonly Issue[]> {
  const strict = { strict: true, ...(options.plugins ? { plugins: options.plugins } : {}) }
  const [before, after] = await Promise.all([
    readDatabaseSchema(base, strict),
    readDatabaseSchema(tree, strict),
  ])
  const changed = new Set(
    files.flatMap((file) => (file.kind === 'move' ? [file.path, file.from] : [file.path])),
  )
  const older = createTreeValidationSource(base, before, options)
  const { issues } = await validateChanges(older, createTreeValidationSource(tree, after, options), changed)
  if (issues.length === 0) return []
  const place = (at: IssuePlace): IssuePlace => follow.reduce((now, step) => step(now), at)
  const known = new Set(
    (await validateDatabase(older)).issues.map((issue) => identity({ ...issue, ...place(issue) })),
  )
  return issues.filter((issue) => !known.has(identity(issue)))
}

function identity({ code, collection, key, path }: Issue): string {
  return JSON.stringify([code, collection, key, path])
}
