import type { CollectionSettings } from '../../src/protocol/collection-settings.ts'
import type { EngineCallbacks, OpenRequest } from '../../src/protocol/engine.ts'
import type { CommitDefaults } from '../../src/protocol/commit-options.ts'
import type { LiveUpdate } from '../../src/protocol/live.ts'
import type { EspalierError } from '../../src/protocol/errors.ts'
import { needOptions, type Allowed } from '../../src/protocol/options.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import { badArgument } from './common/bad-argument.ts'
import { collectionMissing } from './snapshots/commit-snapshot.ts'
import { createDatabase, type Database } from './database.ts'
import { fillDatabase } from './sync/fill-database.ts'
import { noSettings, type SettingsOf } from './queries/hide-deleted.ts'
import { locateDatabase } from './locate-database.ts'
import type { Platform } from './platform/platform.ts'
import type { EngineParts } from './platform/plugins.ts'
import type { OpenBranch } from './open-branches.ts'
import { branchPrefix, headRef } from './repository/ref-names.ts'
import { createRegistration } from './databases/registration.ts'
import { openRepository, type Repository } from './repository/repository.ts'

/** What the page adds to the options of the app. */
type Added = 'url' | 'abortName' | 'hasAuth' | 'known' | 'handle' | 'screen' | 'lost' | 'commits'
/** What the page keeps, or sends in another form: named here because a refusal tells all options that there are. */
type Kept = 'auth' | 'onProgress' | 'worker' | 'schemas' | 'signal' | keyof CommitDefaults

const openOptions: {
  readonly [Name in Exclude<keyof OpenRequest, Added> | Kept]-?: Allowed
} = {
  author: 'object',
  auth: true,
  onProgress: true,
  branch: 'string',
  branches: ['all', 'one'],
  history: ['full', 'tip'],
  namespace: 'string',
  bundle: true,
  corsProxy: 'object',
  protocol: [0, 2],
  canonical: ['go'],
  validate: ['on', 'off'],
  slowQueryMs: 0,
  maxRecordsInMemory: 0,
  worker: true,
  schemas: true,
  collections: 'object',
  signal: true,
  committer: 'object',
  timeZone: ['utc', 'keep'],
  audit: 'boolean',
}

/** Opens a database on a branch, and clones it first where nothing is stored. Throws what `open` of the SDK throws. */
export async function openDatabase(
  platform: Platform,
  plugins: EngineParts,
  request: OpenRequest,
  callbacks: EngineCallbacks,
  signal: AbortSignal,
): Promise<{ readonly database: Database; readonly open: OpenBranch }> {
  const { url: _url, abortName: _abort, hasAuth: _auth, known: _known, handle: _handle, ...more } = request
  const { screen: _screen, lost: _lost, commits, ...options } = more
  needOptions({ ...options, ...commits }, openOptions)
  const location = locateDatabase(platform, request, callbacks)
  const { repository: id, remote } = location
  const registration = createRegistration(platform, request.namespace, location)
  let repository: Repository | undefined
  let database: Database | undefined
  try {
    // On a first visit the host can answer while the store is being made. Nobody waits to learn whether it is one.
    const listing = platform
      .hasStorage(id)
      .then((isThere) => (isThere ? undefined : remote.listRefs({ signal })))
    listing.catch(() => {}) // whoever clones with it meets the error
    const { canonical } = request
    const { maxRecordsInMemory, collections = {} } = request
    const settingsOf: SettingsOf = (of) =>
      (Object.hasOwn(collections, of) && collections[of]) || noSettings(of)
    const codecs = {
      plugins,
      maxRecordsInMemory,
      settingsOf,
      schemas: [],
      ...(canonical ? { canonical } : {}),
    }
    repository = await openRepository(id, platform, (event) => callbacks.event(event), codecs)
    const isEmpty = repository.refs.value(headRef) === null
    const before = isEmpty ? await inTime(platform, registration.visit(true)) : undefined
    const lost = await fillDatabase(repository, request, remote, { signal, listing, before })
    if (isEmpty) registration.synced()
    const send = (update: LiveUpdate): void => callbacks.live(update)
    database = createDatabase({ repository, request, remote, send, registration, lost })
    const head = repository.refs.target(headRef)
    const name = request.branch ?? (head.startsWith(branchPrefix) ? head.slice(branchPrefix.length) : 'main')
    const open = await database.openBranch(name)
    needDeclared(collections, open.branch.snapshot.schema, request.validate !== 'off')
    return { database, open }
  } catch (error) {
    // What could not be stored is not there to be opened: then that is the reason to name.
    const reason: unknown = await repository?.settled().then(
      () => error,
      (cause: unknown) => cause,
    )
    await (database ?? repository)?.close()
    await registration.failed(reason ?? error)
    throw reason ?? error
  }
}

/**
 * Options under a misspelt name would hold for nothing, and a time without a column would be found wrong by every write
 * that sets it, where writes are checked. Where a definition is broken, the collection may be its.
 */
function needDeclared(
  collections: Readonly<Record<string, CollectionSettings>>,
  schema: DatabaseSchema,
  areChecked: boolean,
): void {
  if (schema.issues.some(({ severity }) => severity === 'error')) return
  for (const [id, { created, updated, deleted }] of Object.entries(collections)) {
    const definition = schema.collections.get(id)
    if (definition === undefined) throw collectionMissing(id, schema)
    if (!areChecked) continue
    for (const column of [deleted, created, updated])
      if (column !== undefined && !definition.columns.some(({ name }) => name === column))
        throw columnMissing(id, column === deleted ? 'softDelete' : 'timestamps', column)
  }
}

function columnMissing(collection: string, name: string, column: string): EspalierError {
  const option = `collections.${collection}.${name}`
  return badArgument(
    `"${option}" needs a column "${column}", which ${collection} does not declare. Open without the option to declare it, or name a column that there is.`,
    { option, collection, column },
  )
}

const registryPatienceMs = 1000

/** A frozen tab may hold the registry's lock: then a clone goes on without what it knows. */
async function inTime<T>(platform: Platform, answer: Promise<T>): Promise<T | undefined> {
  let callOff = (): void => {}
  const late = new Promise<undefined>((resolve) => {
    callOff = platform.after(registryPatienceMs, () => resolve(undefined))
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    callOff()
  }
}
