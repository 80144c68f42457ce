import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { Json } from '../../../../src/protocol/records.ts'
import { prepareCodec } from '../../../format/extras.ts'
import { attempt } from '../../../format/rows-codec.ts'
import { findPath } from '../../../git/trees/tree-walk.ts'
import { recordFileOf, type RecordFile } from '../../../merge/record-file.ts'
import { structureDefinition } from '../../../merge/structure-definition.ts'
import type { FileVersions } from '../../../merge/write-merged-file.ts'
import type { CommitSnapshot } from '../../snapshots/commit-snapshot.ts'
import type { MergedFile } from './merge-files.ts'
import { sameEntry, type PathChange } from './merge-paths.ts'
import type { MergeRequest } from './merge-request.ts'
import { createUnitOf, type UnitChanges } from './merge-units.ts'
import type { Side } from './read-units.ts'

/** What one side changed, by what it belongs to. */
export interface SideGroups {
  readonly units: ReadonlyMap<string, UnitChanges>
  readonly others: readonly PathChange[]
}

/** Collections that one side deleted while the other changed something in them, and what becomes of them. */
export interface GoneCollections {
  /** The side that is taken, by collection. */
  readonly sides: ReadonlyMap<string, 'ours' | 'theirs'>
  /** The same of those that are registered. */
  readonly roots: ReadonlyMap<string, 'ours' | 'theirs'>
  /** Files that are settled by that: of these the ones that come to be other than ours. */
  readonly files: readonly MergedFile[]
  readonly paths: ReadonlySet<string>
}

/**
 * Asks what becomes of collections that one side deleted while the other added or changed records or the definition: a
 * conflict of the kind `schema`, for each with its subcollections. It stays until somebody chooses: what was written into
 * it would be in no collection. Reference: Dolt, where such a table is a schema conflict.
 */
export async function settleGone(
  request: MergeRequest,
  groups: { readonly [Which in 'ours' | 'theirs']: SideGroups },
): Promise<GoneCollections> {
  const sides = new Map<string, 'ours' | 'theirs'>()
  const roots = new Map<string, 'ours' | 'theirs'>()
  const files: MergedFile[] = []
  const paths = new Set<string>()
  for (const [deleter, keeper] of [
    ['ours', 'theirs'],
    ['theirs', 'ours'],
  ] as const) {
    const { [deleter]: without, [keeper]: kept, base } = request
    for (const [root, ids] of goneIn(base.snapshot, without, kept)) {
      const isHomed = createUnitOf([without.schema])
      const folders = [...ids].flatMap((id) => {
        const path = kept.schema.collections.get(id)?.definitionPath
        return path === undefined ? [] : [path.slice(0, path.lastIndexOf('/') + 1)]
      })
      const changes = [
        ...new Set([groups.ours, groups.theirs].flatMap((side) => changesIn(side, ids, folders))),
      ]
      const all = changes.filter(({ path }) => !isHomed(path))
      const written = all.filter((change) => change[keeper] && !sameEntry(change.base, change[keeper]))
      if (written.length === 0) continue
      const side = (await ask(request, root, keeper, written)) ?? keeper
      for (const id of ids) sides.set(id, side)
      if (!kept.schema.collections.get(root)?.parent) roots.set(root, side)
      for (const change of all) {
        paths.add(change.path)
        if (side !== 'ours') files.push({ path: change.path, entry: change[side] })
      }
    }
  }
  return { sides, roots, files, paths }
}

/** The collections that a side deleted, each with its subcollections. */
function goneIn(
  base: CommitSnapshot | undefined,
  without: CommitSnapshot,
  kept: CommitSnapshot,
): ReadonlyMap<string, ReadonlySet<string>> {
  const isGone = (id: string): boolean =>
    base?.schema.collections.has(id) === true && !without.schema.collections.has(id)
  const all = new Map<string, Set<string>>()
  for (const [id, { parent }] of kept.schema.collections) {
    // Parents come before what is in them.
    const around = parent === undefined ? undefined : [...all.values()].find((ids) => ids.has(parent))
    if (around) around.add(id)
    else if (isGone(id)) all.set(id, new Set([id]))
  }
  return all
}

function changesIn(
  { units, others }: SideGroups,
  ids: ReadonlySet<string>,
  folders: readonly string[],
): readonly PathChange[] {
  return [
    ...others.filter(({ path }) => folders.some((folder) => path.startsWith(folder))),
    ...[...units.values()].flatMap(({ unit, changes }) => (ids.has(unit.collection) ? changes : [])),
  ]
}

async function ask(
  request: MergeRequest,
  id: string,
  keeper: 'ours' | 'theirs',
  written: readonly PathChange[],
): Promise<'ours' | 'theirs' | undefined> {
  const { [keeper]: kept, base, conflicts } = request
  const file = kept.schema.collections.get(id)?.definitionPath ?? ''
  const definition = await definitionIn(request, kept, file)
  const { choice } = conflicts.add(
    { collection: id, file },
    {
      path: [],
      kind: 'schema',
      base: base.snapshot && (await definitionIn(request, base.snapshot, file)),
      ours: undefined,
      theirs: undefined,
      [keeper]: definition,
      blocking: true,
    },
    [keeper, ...written.map((change) => `${change.path} ${change[keeper]?.oid}`)],
  )
  if (choice === 'delete') return keeper === 'ours' ? 'theirs' : 'ours'
  if (choice === undefined || choice === 'ours' || choice === 'theirs') return choice
  throw new EspalierError(
    'merge/bad-choice',
    `Choose "ours", "theirs" or "delete" for the collection ${id}: one side deleted it.`,
    { data: { collection: id, file } },
  )
}

/** A definition as the map that its file holds; null where it cannot be shown. */
async function definitionIn(
  { source }: MergeRequest,
  { root }: Pick<CommitSnapshot, 'root'>,
  path: string,
): Promise<Json> {
  const structure = structureDefinition(path)
  const entry = await findPath(source.trees, root, path)
  if (!structure || !entry) return null
  await prepareCodec(structure, source.codecs)
  const { bytes } = await source.objects.read(entry.oid)
  const read = attempt(() => recordFileOf(structure, source.codecs)?.parse(bytes))
  return read instanceof EspalierError ? null : (read?.get('') ?? null)
}

/** Lists of collections in which those that are settled are everywhere as on the side that was chosen. */
export function withSettled(
  file: RecordFile,
  registries: FileVersions,
  roots: GoneCollections['roots'],
): FileVersions {
  if (roots.size === 0) return registries
  const names = {
    base: namesIn(file, registries.base),
    ours: namesIn(file, registries.ours),
    theirs: namesIn(file, registries.theirs),
  }
  const settled = new Map<string, Json | undefined>()
  for (const name of new Set(Object.values(names).flatMap((all) => [...all.keys()]))) {
    const side = [...roots].find(([id]) => isNameOf(name, id))?.[1]
    if (side) settled.set(name, names[side].get(name))
  }
  const write = (side: Side): Uint8Array | undefined => {
    const all = names[side]
    for (const [name, path] of settled) {
      if (path === undefined) all.delete(name)
      else all.set(name, path)
    }
    const { [side]: bytes } = registries
    return bytes && file.write(bytes, new Map([['', Object.fromEntries(all)]]))
  }
  return { base: write('base'), ours: write('ours'), theirs: write('theirs') }
}

function namesIn(file: RecordFile, bytes: Uint8Array | undefined): Map<string, Json> {
  return new Map(Object.entries((bytes && file.parse(bytes)?.get('')) ?? {}))
}

/** Whether a line of a list of collections is, or imports, this one. */
function isNameOf(name: string, id: string): boolean {
  return name === id || id.endsWith(`.${name}`) || (name.endsWith('.*') && id.startsWith(name.slice(0, -1)))
}
