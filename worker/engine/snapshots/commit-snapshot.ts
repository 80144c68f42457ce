import { EspalierError } from '../../../src/protocol/errors.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import { type FormulaLanguage, needsExtras } from '../../format/extras.ts'
import { parseCommit } from '../../git/objects/commit.ts'
import type { ObjectReader } from '../../git/objects/object.ts'
import type { StoredObjects } from '../../git/packs/object-store.ts'
import type { Oid } from '../../git/objects/oid.ts'
import type { CollectionSnapshot } from './collection-snapshot.ts'
import type { SettingsOf } from '../queries/hide-deleted.ts'
import type { Derived } from '../repository/derived.ts'
import { keepCommit, readKeptCommit } from './kept-commits.ts'
import { nextTurn } from '../common/next-turn.ts'
import { openCollection, type OlderCollection } from './open-collection.ts'
import type { EngineCodecs } from '../platform/plugins.ts'
import { readSchema } from './read-schema.ts'

/** The database as one commit holds it. Never changes. */
export interface CommitSnapshot {
  readonly commit: Oid
  readonly root: Oid
  /** The commit's own, unless it is read `as` another one. */
  readonly schema: DatabaseSchema
  /** The commit whose definitions it is read with, when these are not its own. */
  readonly as?: Oid | undefined
  /** The tree that holds the definitions, and what is attached to them. */
  readonly schemaRoot: Oid
  /** What runs its formulas, when something does. */
  readonly formulas: FormulaLanguage | undefined
  /** The app's settings of a collection. */
  readonly settingsOf: SettingsOf
  /** Throws `record/collection-missing`, `format/not-readable-yet`. */
  collection(id: string): Promise<CollectionSnapshot>
  /** The id of a collection's snapshot, without opening the collection where it is known. Throws as `collection` does. */
  contentId(id: string): Promise<string>
  /** The collections that were asked for already: what a later snapshot can build on. */
  opened(): ReadonlyMap<string, CollectionSnapshot>
  /** From now on collections that another snapshot has in memory, and this one has not, are made of those. */
  buildOn(from: CommitSnapshot): void
}

/** Where snapshots are read from. */
export interface SnapshotSource {
  readonly objects: StoredObjects
  /** Reads the trees: the same objects, remembered. */
  readonly trees: ObjectReader
  readonly codecs: EngineCodecs
  /** Where parsed records are kept from one opening to the next; absent where nothing is. */
  readonly derived?: Derived | undefined
}

/** What a new snapshot may take over from an older one. */
export interface Inheritance {
  readonly from: CommitSnapshot
  /** The exact edits between the two commits, when they are known: then nothing is compared. */
  readonly edits?: ReadonlyMap<string, ReadonlyMap<string, RecordValue | null>>
  /** Its definitions are taken over, whatever the commit has. */
  readonly definitions?: true
}

const noEdits: ReadonlyMap<string, RecordValue | null> = new Map()

/** Snapshots that were opened last: the same commit is often wanted by a clone, a branch and a reader at once. */
const recent = new WeakMap<SnapshotSource, Map<string, Promise<CommitSnapshot>>>()
const maxRecent = 2

/** Reads a commit's schema. Throws `format/not-a-database`, `format/legacy-layout`, `git/object-missing`. */
export function openCommit(
  repository: SnapshotSource,
  commit: Oid,
  inheritance?: Inheritance,
): Promise<CommitSnapshot> {
  const { definitions, from } = inheritance ?? {}
  const name = definitions ? `${commit} ${from?.as ?? from?.commit}` : commit
  const known = recent.get(repository) ?? new Map<string, Promise<CommitSnapshot>>()
  recent.set(repository, known)
  const recently = known.get(name)
  const opening = recently ? buildOn(recently, inheritance) : readCommit(repository, commit, inheritance)
  known.delete(name)
  known.set(name, opening)
  opening.catch(() => known.delete(name))
  for (const oldest of known.keys()) {
    if (known.size <= maxRecent) break
    known.delete(oldest)
  }
  return opening
}

/** Opens a commit with all that another one has in memory, before anybody asks for it. Throws what {@link openCommit} throws. */
export async function openAhead(
  repository: SnapshotSource,
  commit: Oid,
  from: CommitSnapshot,
): Promise<void> {
  // Whoever is about to write sends it off first.
  await nextTurn()
  const snapshot = await openCommit(repository, commit, { from })
  for (const [id, collection] of from.opened()) if (collection.loaded()) await snapshot.collection(id)
}

async function buildOn(
  recently: Promise<CommitSnapshot>,
  inheritance: Inheritance | undefined,
): Promise<CommitSnapshot> {
  const snapshot = await recently
  if (inheritance && inheritance.from !== snapshot) snapshot.buildOn(inheritance.from)
  return snapshot
}

async function readCommit(
  repository: SnapshotSource,
  commit: Oid,
  inheritance: Inheritance | undefined,
): Promise<CommitSnapshot> {
  const { objects, trees, codecs, derived } = repository
  const kept = inheritance ? undefined : await readKeptCommit(derived, commit)
  const root = kept?.root ?? parseCommit((await objects.read(commit)).bytes).tree
  const lent = inheritance?.definitions && inheritance.from
  // Known edits touch record files only: the definitions are the same.
  const known = inheritance?.edits || lent ? inheritance?.from.schema : kept?.schema
  const schema = known ?? (await readSchema(trees, root, codecs))
  // They come while the records' folders are read. Whoever needs them meets what keeps them away.
  if ([...schema.collections.values()].some((definition) => needsExtras(definition, codecs)))
    codecs.plugins.extras.load().catch(() => {})
  const inherited = new Map<string, OlderCollection>()
  for (const [id, collection] of inheritance?.from.opened() ?? []) {
    const edits = inheritance?.edits && (inheritance.edits.get(id) ?? noEdits)
    inherited.set(id, { collection, root: inheritance?.from.root as Oid, edits }) // it is there
  }
  const opened = new Map<string, CollectionSnapshot>()
  const opening = new Map<string, Promise<CollectionSnapshot>>()

  const keptIdOf = (id: string): string | undefined =>
    kept && Object.hasOwn(kept.contents, id) ? kept.contents[id] : undefined

  const openHere = (definition: CollectionDefinition): Promise<CollectionSnapshot> => {
    const older = inherited.get(definition.id)
    inherited.delete(definition.id)
    const isAlike = older && sameDefinition(older.collection.definition, definition)
    return openCollection(repository, root, definition, {
      older: isAlike ? older : undefined,
      keptId: keptIdOf(definition.id),
    })
  }

  const snapshot: CommitSnapshot = {
    commit,
    root,
    schema,
    as: lent && (lent.as ?? lent.commit),
    schemaRoot: lent?.schemaRoot ?? root,
    // Definitions that have formulas have loaded them.
    formulas: codecs.plugins.extras.loaded?.formulas,
    settingsOf: codecs.settingsOf,
    opened: () => opened,
    buildOn: (from) => {
      for (const [id, collection] of from.opened()) {
        if (!collection.loaded() || opened.get(id)?.loaded()) continue
        inherited.set(id, { collection, root: from.root })
        // One that is being opened goes on as it is.
        if (opened.delete(id)) opening.delete(id)
      }
    },
    collection: (id) => {
      const known = opening.get(id)
      if (known) return known
      const definition = schema.collections.get(id)
      if (!definition) return Promise.reject(collectionMissing(id, schema))
      const promise = openHere(definition)
      opening.set(id, promise)
      promise.then(
        (collection) => opened.set(id, collection),
        () => opening.delete(id),
      )
      return promise
    },
    contentId: async (id) => keptIdOf(id) ?? (await snapshot.collection(id)).id,
  }
  if (!kept && derived && !snapshot.as) keepCommit(derived, snapshot)
  return snapshot
}

/** Whether records are read alike by both. */
export function sameDefinition(a: CollectionDefinition, b: CollectionDefinition): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

/** The error for a collection that is not there. */
export function collectionMissing(id: string, schema: DatabaseSchema): EspalierError {
  const ids = [...schema.collections.keys()]
  const shown = ids.slice(0, 20).join(', ') + (ids.length > 20 ? ', …' : '')
  return new EspalierError(
    'record/collection-missing',
    `There is no collection "${id}". This database has: ${shown}.`,
    {
      data: { collection: id },
    },
  )
}
