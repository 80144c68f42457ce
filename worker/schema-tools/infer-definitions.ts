import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { Issue, IssueCode } from '../../src/protocol/issues.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import type { DefinitionInput } from '../../src/protocol/schema-changes.ts'
import { declaredPath, joinPath } from '../format/file-path.ts'
import type { FileTree } from '../format/file-tree.ts'
import { inferCollections } from '../format/infer/infer-collections.ts'
import { guessPrimaryKey } from '../format/infer/primary-key.ts'
import { sniffFile } from '../format/infer/sniff-file.ts'
import { guessCellTypes, guessFieldTypes, declaredType, type TypeGuess } from '../format/infer/value-types.ts'
import type { CodecOptions } from '../format/record-codec.ts'
import { isKeyed } from '../format/record-layout.ts'
import { readDatabaseSchema } from '../format/schema/schema.ts'
import { listRecordFiles } from '../format/validation/record-files.ts'
import { formatYamlKey, formatYamlScalar } from '../format/yaml/yaml-emit.ts'
import { formatDefinition } from './definition-text.ts'
import { createDraftTree, type DraftTree } from './draft-tree.ts'
import { inferColumns, titleOf } from './infer-columns.ts'
import { inferForeignKeys, type Referrer } from './infer-foreign-keys.ts'
import { fileCodecFor } from './record-files.ts'
import type { PlannedFiles } from './schema-tools.ts'

const registryName = '.ingitdb/root-collections.yaml'

/**
 * Proposes definitions for a repository that has none: registry and one `definition.yaml` per collection, as
 * edits to review and commit. Every record file keeps its bytes. Files of many records stay where they are;
 * files of one record each move into `$records`, the only place where the format looks for them.
 *
 * @throws EspalierError `format/not-a-database` when there are no data files, `schema/refused` when the
 * repository has collections already.
 */
export async function inferDefinitions(tree: FileTree, options: CodecOptions = {}): Promise<PlannedFiles> {
  const { plugins = {} } = options
  if ((await tree.list('.ingitdb')) !== undefined) {
    const { collections } = await readDatabaseSchema(tree, { plugins })
    if (collections.size > 0) {
      throw new EspalierError('schema/refused', 'This database has definitions already; change them instead.')
    }
  }
  const inferred = await inferCollections(tree, { thorough: true })
  if (inferred.collections.size === 0) {
    throw new EspalierError('format/not-a-database', 'There are no data files to propose definitions for.')
  }
  const issues: Issue[] = [...inferred.issues]
  const summary: string[] = []
  const proposals = new Map<string, Proposal>()
  for (const definition of inferred.collections.values()) {
    const proposal = await propose(tree, definition, options, issues)
    if (proposal !== undefined) proposals.set(definition.id, proposal)
  }

  const draft = createDraftTree(tree)
  const registry = new Map<string, string>()
  let moved = 0
  for (const proposal of proposals.values()) {
    const { id, definition } = proposal
    const moves = await planMoves(draft, proposal, issues)
    for (const { from, path } of moves) draft.move(from, path)
    moved += moves.length
    const place = await placeDefinition(draft, proposal, new Set(registry.values()))
    registry.set(id, place.path)
    const foreignKeys = inferForeignKeys(proposal, proposals)
    draft.write(place.file, encode(formatDefinition(inputOf(proposal, foreignKeys))))
    summary.push(`"${id}": ${proposal.records.size} records, ${proposal.columns.size} columns.`)
    for (const [column, target] of foreignKeys) summary.push(`"${id}": "${column}" refers to "${target}".`)
    if (moves.length > 0) {
      const home = joinPath(definition.recordsDir, '$records')
      const message = `${moves.length} files of "${id}" move into "${home}", where the format looks for files of one record each. Their bytes stay.`
      summary.push(message)
      issues.push(warning('format/bad-path', message, home, id))
    }
  }
  const lines = [...registry].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const text = lines.map(([id, path]) => `${formatYamlKey(id)}: ${formatYamlScalar(path)}\n`).join('')
  if (text !== '') draft.write(registryName, encode(text))
  const { edits, files } = await draft.finish()
  return { plan: { files, collections: [], records: moved, issues, summary }, edits }
}

/** A collection that is proposed. */
interface Proposal extends Referrer {
  readonly definition: CollectionDefinition
  /** The files that hold its records, from the root. */
  readonly files: readonly string[]
}

/** Reads all records of an inferred collection; undefined, with a warning, when they could not be read as one. */
async function propose(
  tree: FileTree,
  inferred: CollectionDefinition,
  options: CodecOptions,
  issues: Issue[],
): Promise<Proposal | undefined> {
  const { id, recordFile, recordsDir } = inferred
  const refused = recordsDir === '' ? undefined : declaredPath(recordsDir)
  if (refused !== undefined && 'refused' in refused) {
    const message = `No definition for "${recordsDir}": ${refused.refused}.`
    issues.push(warning('format/bad-path', message, recordsDir, id))
    return undefined
  }
  const records = new Map<string, RecordValue>()
  const files: string[] = []
  let definition = inferred
  let types: ReadonlyMap<string, TypeGuess> | undefined
  for (const { path, key } of await listRecordFiles(tree, inferred)) {
    const bytes = await tree.readFile(path)
    if (bytes === undefined) continue
    const leave = (why: string): void => {
      if (issues.some(({ file }) => file === path)) return
      issues.push(
        warning('format/bad-record', `The file stays as it is, without a definition: ${why}`, path, id),
      )
    }
    if (recordFile.type === '[]map[string]any') {
      const rows = sniffFile(bytes, recordFile.format, bytes.length)
      const primaryKey = rows.kind === 'list' ? guessPrimaryKey(rows.rows) : undefined
      if (rows.kind !== 'list' || primaryKey === undefined) {
        leave(rows.kind === 'broken' ? `${rows.why}.` : 'no columns tell its rows apart.')
        continue
      }
      if (recordFile.format === 'csv') {
        types = new Map((rows.columns ?? []).map((name) => [name, guessCellTypes(rows.rows).get(name)]))
      }
      definition = { ...inferred, primaryKey, ...(types === undefined ? {} : { columns: columnsOf(types) }) }
    }
    try {
      const read = fileCodecFor(definition, options).parse(bytes, key)
      const fault = read.faults.find(({ severity }) => severity !== 'warning')
      if (fault !== undefined) {
        leave(fault.message)
        continue
      }
      for (const [own, value] of read.records) records.set(own, value)
      files.push(path)
    } catch (error) {
      if (!isEspalierError(error)) throw error
      leave(error.message)
    }
  }
  if (records.size === 0) return undefined
  const values = [...records.values()]
  const columns = inferColumns(values, types ?? guessFieldTypes(values), new Set(definition.primaryKey))
  return { id, definition, records, columns, files }
}

function columnsOf(types: ReadonlyMap<string, TypeGuess>): CollectionDefinition['columns'] {
  return [...types].map(([name, type]) => ({ name, type: declaredType(type), required: false }))
}

/** What the definition says. */
function inputOf(
  { id, definition, columns }: Proposal,
  foreignKeys: ReadonlyMap<string, string>,
): DefinitionInput {
  const { name, format, type, contentField } = definition.recordFile
  const declared = [...columns].map(([column, { enum: members, ...input }]) => {
    const foreignKey = foreignKeys.get(column)
    if (foreignKey !== undefined) return [column, { ...input, foreignKey }] as const
    return [column, members === undefined ? input : { ...input, enum: members }] as const
  })
  return {
    titles: { en: titleOf(id.slice(id.lastIndexOf('.') + 1)) },
    recordFile: { name, format, type, ...(contentField === undefined ? {} : { contentField }) },
    // A definition needs a column: records without fields have their key.
    columns: Object.fromEntries(declared.length === 0 ? [['$ID', { type: 'string' }]] : declared),
    primaryKey: definition.primaryKey,
  }
}

/** Files of one record each go where the format expects them. */
async function planMoves(
  draft: DraftTree,
  { id, definition, files }: Proposal,
  issues: Issue[],
): Promise<readonly { readonly from: string; readonly path: string }[]> {
  if (!isKeyed(definition)) return []
  const dir = definition.recordsDir
  const moves = files.map((from) => ({
    from,
    path: joinPath(dir, '$records', dir === '' ? from : from.slice(dir.length + 1)),
  }))
  const free = []
  for (const move of moves) {
    if ((await draft.readFile(move.path)) === undefined) free.push(move)
    else issues.push(warning('format/bad-path', `The file stays: "${move.path}" exists.`, move.from, id))
  }
  return free
}

/** Where a definition goes so that its data stays: beside a folder's files of one record each, else in `.collections`. */
async function placeDefinition(
  draft: DraftTree,
  { id, definition }: Proposal,
  taken: ReadonlySet<string>,
): Promise<{ readonly path: string; readonly file: string }> {
  const dir = definition.recordsDir
  const hasDefinition = (await draft.readFile(joinPath(dir, 'definition.yaml'))) !== undefined
  if (isKeyed(definition) && dir !== '' && !hasDefinition && !taken.has(dir)) {
    return { path: dir, file: joinPath(dir, '.collection/definition.yaml') }
  }
  const name = id.slice(id.lastIndexOf('.') + 1)
  let path = joinPath(dir, '.collections', name)
  for (let i = 2; taken.has(path); i++) path = joinPath(dir, '.collections', `${name}_${i}`)
  return { path, file: joinPath(path, 'definition.yaml') }
}

function warning(code: IssueCode, message: string, file: string, collection: string): Issue {
  return { code, severity: 'warning', message, file, line: 1, column: 1, collection }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
