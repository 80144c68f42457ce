import type { Issue } from '../../../../src/protocol/issues.ts'
import { EspalierError, isEspalierError } from '../../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../../../src/protocol/schema.ts'
import { prepareCodec } from '../../../format/extras.ts'
import { joinPath } from '../../../format/file-path.ts'
import { codecFor } from '../../../format/record-codec.ts'
import {
  folderTemplates,
  instanceDirs,
  isKeyed,
  isShared,
  normalKey,
  slotSegment,
  splitKey,
} from '../../../format/record-layout.ts'
import { recordSetCodecFor } from '../../../format/record-set-codec.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { createTreeEntries, type TreeEntries } from '../../../git/trees/tree-entries.ts'
import { treeMode } from '../../../git/trees/tree.ts'
import { problemOf, withAddress } from '../../snapshots/collection-snapshot.ts'
import { openCommit, type CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import { readSharedFile } from '../../snapshots/shared-file.ts'
import type { CommitSource } from '../commit-source.ts'

/** What a commit holds of a record or collection, without its value. */
export interface Trace {
  /** Equal where it is the same; '' where nothing is there. */
  readonly content: string
  /** The record; undefined where it is not there. */
  read(): Promise<TracedRecord | undefined>
}

/** A record as one commit has it. */
export type TracedRecord =
  | { readonly kind: 'value'; readonly value: RecordValue }
  | { readonly kind: 'problem'; readonly problem: Issue }

/** Follows one record, or a whole collection, through commits. */
export interface Tracer {
  at(commit: Oid, root: Oid): Promise<Trace>
}

/** Where something lies in the commits of one layout. */
interface Layout {
  readonly definition: CollectionDefinition | undefined
  readonly paths: readonly string[]
}

const entriesOf = new WeakMap<CommitSource, TreeEntries>()

/** Looks at one entry of each tree on the way only. */
export function treeEntriesOf(repository: CommitSource): TreeEntries {
  const known = entriesOf.get(repository) ?? createTreeEntries(repository.objects)
  entriesOf.set(repository, known)
  return known
}

const nothing: Trace = { content: '', read: async () => undefined }

/** `key`: the whole key of a record; all of the collection without it. Throws `record/bad-key`. */
export function createTracer(
  repository: CommitSource,
  near: CommitSnapshot,
  id: string,
  givenKey?: string,
): Tracer {
  const { objects, codecs } = repository
  const entries = treeEntriesOf(repository)
  const definition = near.schema.collections.get(id)
  const key = givenKey !== undefined && definition ? normalKey(definition, givenKey) : givenKey
  const layouts = new Map<string, Layout>()
  const rows = new Map<string, Promise<TracedRecord | undefined>>()
  let lastDefinitionPath = definition?.definitionPath

  const nameOf = async (root: Oid): Promise<string> => {
    const registry = entries.findPath(root, '.ingitdb')
    const own = lastDefinitionPath === undefined ? '' : entries.findPath(root, lastDefinitionPath)
    return `${registry instanceof Promise ? await registry : registry} ${own instanceof Promise ? await own : own}`
  }
  const layoutAt = async (commit: Oid, root: Oid): Promise<Layout> => {
    const known = layouts.get(await nameOf(root))
    if (known) return known
    const found = await readLayout(commit)
    // The name of the next commits is made with the definition's place in this one.
    lastDefinitionPath = found.definition?.definitionPath ?? lastDefinitionPath
    layouts.set(await nameOf(root), found)
    return found
  }
  const readLayout = async (commit: Oid): Promise<Layout> => {
    let snapshot: CommitSnapshot
    try {
      snapshot = commit === near.commit ? near : await openCommit(repository, commit, { from: near })
    } catch (error) {
      // It is no database there, or not yet.
      if (isEspalierError(error) && error.code.startsWith('format/'))
        return { definition: undefined, paths: [] }
      throw error
    }
    const found = snapshot.schema.collections.get(id)
    if (!found?.readable.ok) return { definition: undefined, paths: [] }
    await prepareCodec(found, codecs)
    return {
      definition: found,
      paths: key === undefined ? foldersOf(found) : await filesOf(snapshot, found, key),
    }
  }

  const at: Tracer['at'] = async (commit, root) => {
    const { definition: layout, paths } = await layoutAt(commit, root)
    if (!layout) return nothing
    const files: { readonly path: string; readonly oid: Oid }[] = []
    for (const path of paths) {
      const found = entries.findPath(root, path)
      const oid = found instanceof Promise ? await found : found
      if (oid !== undefined) files.push({ path, oid })
    }
    const [file] = files
    if (!file) return nothing
    if (key === undefined) return { content: files.map(({ oid }) => oid).join(), read: nothing.read }
    if (!isShared(layout)) return { content: file.oid, read: () => readFile(layout, file.path, file.oid) }
    const name = `${layout.definitionPath} ${file.oid}`
    const row = rows.get(name) ?? readRow(layout, file.path, file.oid)
    rows.set(name, row)
    const record = await row
    return { content: record ? JSON.stringify(record) : '', read: () => row }
  }

  const readFile = async (
    layout: CollectionDefinition,
    path: string,
    oid: Oid,
  ): Promise<TracedRecord | undefined> => {
    const codec = codecFor(layout, codecs)
    if (!codec) return undefined
    try {
      return { kind: 'value', value: codec.parse((await objects.read(oid)).bytes) }
    } catch (error) {
      const located = withAddress(error, layout, path, key)
      if (!(located instanceof EspalierError)) throw located
      return { kind: 'problem', problem: problemOf(located, layout, path, key) }
    }
  }
  const readRow = async (
    layout: CollectionDefinition,
    path: string,
    oid: Oid,
  ): Promise<TracedRecord | undefined> => {
    const codec = recordSetCodecFor(layout, codecs)
    if (!codec || key === undefined) return undefined
    const { parent } = splitKey(layout, key)
    const file = { path, parent, oid, mode: treeMode.file }
    const { records, problems, fault } = readSharedFile(layout, codec, file, (await objects.read(oid)).bytes)
    const value = records.get(key)
    if (value) return { kind: 'value', value }
    const problem = problems.find(
      (each) => fault !== undefined || (each.key === key && each.severity === 'error'),
    )
    return problem && { kind: 'problem', problem }
  }

  return { at }
}

/** The folders (and files with a fixed name) that hold all records, up to the first folder of a parent. */
function foldersOf(definition: CollectionDefinition): readonly string[] {
  const paths = folderTemplates(definition).map((template) => {
    const slot = template.indexOf(slotSegment)
    const dir = (slot === -1 ? template : template.slice(0, slot)).join('/')
    return slot === -1 && !isKeyed(definition) ? joinPath(dir, definition.recordFile.name) : dir
  })
  return [...new Set(paths)]
}

/** The same file in each of the folders that may hold it. */
async function filesOf(
  snapshot: CommitSnapshot,
  definition: CollectionDefinition,
  key: string,
): Promise<readonly string[]> {
  let path: string
  try {
    path = await (await snapshot.collection(definition.id)).pathOf(key)
  } catch (error) {
    // With this definition no record has such a key.
    if (isEspalierError(error) && /^(record|format)\//.test(error.code)) return []
    throw error
  }
  const dirs = instanceDirs(definition, splitKey(definition, key).parent)
  const dir = dirs.find((each) => each === '' || path.startsWith(`${each}/`)) ?? ''
  const rest = dir === '' ? path : path.slice(dir.length + 1)
  return dirs.map((each) => joinPath(each, rest))
}
