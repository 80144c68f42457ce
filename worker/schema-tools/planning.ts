import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { Issue, IssueCode } from '../../src/protocol/issues.ts'
import type { CollectionDefinition, Column, DatabaseSchema } from '../../src/protocol/schema.ts'
import type { CodecOptions } from '../format/record-codec.ts'
import { readDatabaseSchema } from '../format/schema/schema.ts'
import type { DraftTree } from './draft-tree.ts'
import { editSchemaFile, type SchemaEdit } from './schema-text.ts'

/** The state of a plan while its changes are made one after the other. */
export interface Planning {
  readonly tree: DraftTree
  readonly options: CodecOptions
  /** The schema of `tree`; {@link Planning.reread} keeps it so. */
  readonly schema: DatabaseSchema
  /** What keeps the changes from being made. */
  readonly issues: Issue[]
  readonly summary: string[]
  /** Collections whose records may refer to what changed. */
  readonly affected: Set<string>
  /** Where a place of the database before the changes is after them: one step for each name that changed. */
  readonly follow: ((place: IssuePlace) => IssuePlace)[]
  /** Counts a record as changed; once, however often. */
  touch(collection: string, key: string): void
  readonly touched: ReadonlySet<string>
  reread(): Promise<void>
}

/** What an issue is about. */
export type IssuePlace = Pick<Issue, 'collection' | 'key' | 'path'>

/** Starts a plan on a draft. */
export function createPlanning(tree: DraftTree, schema: DatabaseSchema, options: CodecOptions): Planning {
  let now = schema
  const touched = new Set<string>()
  return {
    tree,
    options,
    get schema() {
      return now
    },
    issues: [],
    summary: [],
    affected: new Set(),
    follow: [],
    touched,
    touch: (collection, key) => {
      touched.add(`${collection}\u0000${key}`)
    },
    async reread() {
      now = await readDatabaseSchema(tree, options.plugins ? { plugins: options.plugins } : {})
    },
  }
}

/** Ends the planning of a change: it cannot be made. */
export class Refusal extends Error {
  readonly issue: Issue

  constructor(issue: Issue) {
    super(issue.message)
    this.name = 'Refusal'
    this.issue = issue
  }
}

/** Refuses a change with one issue. */
export function refuse(
  code: IssueCode,
  message: string,
  place: { readonly file: string; readonly collection?: string } & Partial<Issue>,
): never {
  throw new Refusal({ ...place, code, severity: 'error', message })
}

/** @throws EspalierError `record/collection-missing` */
export function collectionOf({ schema }: Pick<Planning, 'schema'>, id: string): CollectionDefinition {
  const definition = schema.collections.get(id)
  if (definition !== undefined) return definition
  throw new EspalierError('record/collection-missing', `There is no collection "${id}" to change.`, {
    data: { collection: id },
  })
}

/** @throws EspalierError `engine/bad-argument` */
export function columnOf(definition: CollectionDefinition, name: string): Column {
  const column = definition.columns.find((each) => each.name === name)
  return column ?? badArgument(`"${definition.id}" has no column "${name}".`)
}

/** @throws EspalierError `engine/bad-argument` */
export function badArgument(message: string): never {
  throw new EspalierError('engine/bad-argument', message)
}

/** Edits a schema file of the draft; what cannot be edited without risk is a refusal. */
export async function editFile(
  { tree }: Pick<Planning, 'tree'>,
  path: string,
  edits: readonly SchemaEdit[],
  collection?: string,
): Promise<void> {
  if (edits.length === 0) return
  const bytes = (await tree.readFile(path)) ?? new Uint8Array()
  try {
    tree.write(path, editSchemaFile(bytes, edits))
  } catch (error) {
    if (!isEspalierError(error)) throw error
    refuse('format/bad-definition', error.message, {
      file: path,
      ...(collection === undefined ? {} : { collection }),
    })
  }
}
