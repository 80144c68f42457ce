import type { CarryOutcome, CarrySource } from '../../../../src/protocol/carry.ts'
import type { HandleId } from '../../../../src/protocol/engine.ts'
import type { Json, RecordValue } from '../../../../src/protocol/records.ts'
import { equalValues } from '../../../format/record-diff.ts'
import type { CodecOptions } from '../../../format/record-codec.ts'
import type { NewObject } from '../../../git/objects/object.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { hashObject } from '../../../git/objects/sha1.ts'
import { diffTrees } from '../../../git/trees/tree-diff.ts'
import { editTrees, type TreeEdit } from '../../../git/trees/tree-edit.ts'
import { findPath } from '../../../git/trees/tree-walk.ts'
import { recordFileOf } from '../../../merge/record-file.ts'
import { structureDefinition } from '../../../merge/structure-definition.ts'
import type { CommitSnapshot, SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import { commitCarried, type CarriedTrees } from './carry-commit.ts'
import { resolveSides } from '../diff/diff-sides.ts'
import { isSchemaPath } from '../merging/merge-files.ts'
import { createUnitOf } from '../merging/merge-units.ts'
import { openTree } from '../merging/overlay-source.ts'
import type { VersionsContext } from '../versions-context.ts'

type WholeRestore = Extract<CarrySource, { readonly kind: 'restore' }>

/**
 * Makes collections what they were, their definitions, subcollections and places in the registry too, or all files, by
 * a commit. Throws as `restore` does, and `git/branch-protected`.
 */
export async function restoreWhole(
  context: VersionsContext,
  handle: HandleId,
  { from: revision, collections, message }: WholeRestore,
): Promise<CarryOutcome> {
  const { from } = await resolveSides(context, handle, {
    from: revision,
    ...(collections !== undefined && { collections }),
  })
  const { repository } = context.viewOf(handle).database
  const what = collections?.join(', ') ?? 'all'
  return commitCarried(
    context,
    handle,
    async (ours): Promise<CarriedTrees> => {
      if (!collections) return { base: ours, theirs: from, objects: [], isUnchecked: true }
      const { edits, objects } = await editsOf(repository, ours, from, collections)
      const edited = await editTrees(repository.trees, ours.root, edits, { allowTwins: true })
      const added = [...objects, ...edited.objects]
      const theirs = await openTree(repository, edited.root, added, { from: ours })
      return { base: ours, theirs, objects: added, isUnchecked: true }
    },
    {
      message,
      otherwise: async () => `Restore ${what} from ${from.commit.slice(0, 10)}`,
      onConflict: 'theirs',
    },
  )
}

interface RestoredFiles {
  readonly edits: readonly TreeEdit[]
  readonly objects: readonly NewObject[]
}

/** What differs of some collections. */
async function editsOf(
  source: SnapshotSource,
  ours: CommitSnapshot,
  from: CommitSnapshot,
  ids: readonly string[],
): Promise<RestoredFiles> {
  const schemas = [from.schema, ours.schema]
  const unitOf = createUnitOf(schemas)
  const isMeant = (id: string): boolean => ids.some((one) => id === one || id.startsWith(`${one}/`))
  const definitions = schemas.flatMap(({ collections }) =>
    [...collections.values()].filter(({ id }) => isMeant(id)),
  )
  const paths = new Set(definitions.map(({ definitionPath }) => definitionPath))
  const folders = [...paths].map((path) => path.slice(0, path.lastIndexOf('/') + 1))
  const isPart = (path: string): boolean => {
    const unit = unitOf(path)
    if (unit) return isMeant(unit.collection)
    return paths.has(path) || (isSchemaPath(path) && folders.some((folder) => path.startsWith(folder)))
  }
  const edits: TreeEdit[] = []
  const objects: NewObject[] = []
  for (const { path, newOid, newMode } of await diffTrees(source.trees, ours.root, from.root)) {
    const registry = /^(.*\/)?\.ingitdb\/root-collections\.yaml$/.exec(path)
    if (registry) {
      const [, folder = ''] = registry
      const here = definitions.filter(({ definitionPath }) => definitionPath.startsWith(folder))
      const object = await restoreNames(source, path, [ours.root, from.root], (name) =>
        here.some(({ id }) => isNamed(id, name, folder)),
      )
      if (!object) continue
      objects.push(object)
      edits.push({ path, oid: object.oid })
    } else if (isPart(path))
      edits.push(newOid === null ? { path, delete: true } : { path, oid: newOid, mode: newMode })
  }
  return { edits, objects }
}

/** Whether a name of a registry stands for a collection: it, or the namespace that is imported. */
function isNamed(id: string, name: string, folder: string): boolean {
  if (name.endsWith('.*')) return id.startsWith(name.slice(0, -1))
  return id === name || (folder !== '' && id.endsWith(`.${name}`))
}

/** A registry in which some names stand for what they stood for; undefined when nothing in it changes. */
async function restoreNames(
  { trees, objects, codecs }: SnapshotSource,
  path: string,
  roots: readonly [ours: Oid, from: Oid],
  isMeant: (name: string) => boolean,
): Promise<NewObject | undefined> {
  const [ours, from] = await Promise.all(
    roots.map(async (root) => {
      const entry = await findPath(trees, root, path)
      return entry ? (await objects.read(entry.oid)).bytes : undefined
    }),
  )
  const file = registryFile(path, codecs)
  const [before, then] = [file.parse(ours), file.parse(from)]
  const restored = new Map<string, Json>()
  for (const [name, place] of Object.entries(before)) if (!isMeant(name)) restored.set(name, place)
  for (const [name, place] of Object.entries(then)) if (isMeant(name)) restored.set(name, place)
  const names = Object.fromEntries(restored)
  if (equalValues(names, before)) return undefined
  const bytes = file.write(ours, names)
  return { oid: hashObject('blob', bytes), type: 'blob', bytes }
}

interface RegistryFile {
  parse(bytes: Uint8Array | undefined): RecordValue
  write(old: Uint8Array | undefined, names: RecordValue): Uint8Array
}

function registryFile(path: string, codecs: CodecOptions): RegistryFile {
  const definition = structureDefinition(path)
  const file = definition && recordFileOf(definition, codecs)
  if (!file) throw new Error('Registries are YAML.')
  return {
    parse: (bytes) => (bytes && file.parse(bytes)?.get('')) ?? {},
    write: (old, names) => file.write(old, new Map([['', names]])),
  }
}
