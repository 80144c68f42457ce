import { protocolVersion } from '../../src/protocol/engine.ts'
import type { Engine, HandleId, HandleInfo } from '../../src/protocol/engine.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { AtOptions, ReadOptions, RecordValue, Row } from '../../src/protocol/records.ts'
import type { WriteOptions } from '../../src/protocol/validation.ts'
import type { WriteOperation } from '../../src/protocol/writes.ts'
import { hashObject } from '../git/sha1.ts'
import { keyText, normalKey } from '../format/record-layout.ts'
import { answerQueries } from './answer-queries.ts'
import { createBulkParts } from './bulk-parts.ts'
import { bulkWritten } from './bulk-written.ts'
import { checkOperation } from './check-operation.ts'
import { commitChanges, type CommitRequest } from './commit-changes.ts'
import type { CommitSnapshot } from './commit-snapshot.ts'
import type { Database, OpenBranch } from './database.ts'
import { readFileText } from './read-file-text.ts'
import { lazyCalls } from './lazy-calls.ts'
import { nextTurn } from './next-turn.ts'
import { openDatabase } from './open-database.ts'
import { operationStep, type StepParts } from './operation-step.ts'
import type { Platform } from './platform.ts'
import type { EngineParts } from './plugins.ts'
import {
  allRows,
  countRows,
  describeCollections,
  getRow,
  readProblems,
  writtenRows,
  type RecordView,
  type WriteAnswer,
} from './read-records.ts'
import { isHidden } from './record-times.ts'
import { reply } from './reply.ts'
import { packFor, refuseReadOnly } from './push.ts'
import { planUndo } from './undo-operation.ts'
import { storeCommit } from './store-commit.ts'
import type { SchemaEditor } from './schema-changes.ts'
import type { Transaction } from './transaction.ts'
import { createWorkingChanges, describeChanges } from './working-changes.ts'
import { filterOf } from './select-changes.ts'
import { firstScreenKey } from '../../src/protocol/first-screen.ts'
import { needOptions } from '../../src/protocol/options.ts'

/** What a handle stands for: an open branch, or a commit that is only read. */
type Handle = { readonly database: Database } & (
  | { readonly kind: 'branch'; readonly open: OpenBranch }
  | { readonly kind: 'commit'; readonly snapshot: CommitSnapshot }
  | { readonly kind: 'transaction'; readonly transaction: Transaction; readonly of: HandleId }
)

const noChanges = createWorkingChanges()

/** The engine behind every client: answers the calls of the protocol on a platform. */
export function createEngine(platform: Platform, parts: EngineParts): Engine {
  const handles = new Map<HandleId, Handle>()
  const aborts = new Map<string, AbortController>()
  let lastHandle = 0

  const add = (handle: Handle, id: HandleId = ++lastHandle): HandleInfo => {
    handles.set(id, handle)
    const view = viewOf(handle)
    return {
      handle: id,
      branch: handle.kind === 'branch' ? handle.open.branch.name : null,
      commit: view.snapshot.commit,
      repository: handle.database.repository.id,
      lost: handle.database.lost,
    }
  }
  const handleOf = (id: HandleId): Handle => {
    const handle = handles.get(id)
    handle?.database.repository.derived?.busy()
    if (handle) return handle
    throw new EspalierError('engine/closed', 'This handle was closed. Open the branch or commit again.')
  }
  const branchOf = (id: HandleId): OpenBranch & { readonly database: Database } => {
    const handle = handleOf(id)
    if (handle.kind === 'branch') return { ...handle.open, database: handle.database }
    if (handle.kind === 'transaction') throw onlyRecords()
    throw new EspalierError(
      'engine/read-only',
      'This is a read-only view of a commit. Open a branch to change something.',
      {
        data: { commit: handle.snapshot.commit },
      },
    )
  }
  const abortable = async <T>(token: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const controller = new AbortController()
    aborts.set(token, controller)
    try {
      return await run(controller.signal)
    } finally {
      aborts.delete(token)
    }
  }
  const write = async <T>(
    id: HandleId,
    operation: WriteOperation,
    options: WriteOptions | undefined,
    answer: WriteAnswer<T>,
    bulk?: StepParts['bulk'],
  ): Promise<T> => {
    const { collection } = operation
    const handle = handleOf(id)
    const { database } = handle
    checkOperation(operation)
    const recalled = operation.kind === 'restore' ? await recall(handle, operation) : noValues
    const step = operationStep(operation, {
      settings: database.settingsOf(collection),
      options,
      recalled,
      bulk,
    })
    if (handle.kind === 'transaction') return handle.transaction.write(step, answer)
    const { writer, branch } = branchOf(id)
    const edits = await writer.write([step])
    return answer(branch, collection, edits)
  }
  /** Looks into history before anything is locked: it may have to be fetched. */
  const recall = async (
    handle: Handle,
    { collection, keys, from }: Extract<WriteOperation, { readonly kind: 'restore' }>,
  ): Promise<ReadonlyMap<string, RecordValue>> => {
    const { snapshot, changes } = viewOf(handle)
    const { definition } = await snapshot.collection(collection)
    const values = new Map<string, RecordValue>()
    for (const given of keys) {
      const key = normalKey(definition, given)
      const change = changes.get(collection, key)
      const now = change ? change.after : await (await snapshot.collection(collection)).get(key)
      // One that was deleted softly has its value.
      if (now && from === undefined) continue
      const value = await handle.database.recall(snapshot, collection, key, from)
      if (value) values.set(key, value)
    }
    return values
  }

  const bulkParts = createBulkParts(nextTurn)

  const schemaOf = async (id: HandleId): Promise<SchemaEditor> => {
    const { repository } = handleOf(id).database
    return (await parts.extras.load()).createSchemaEditor(repository, storeCommit)
  }

  const queries = answerQueries((id) => {
    const handle = handleOf(id)
    const view = (): RecordView => shownBy(handle)
    const snapshot = (): CommitSnapshot => viewOf(handle).snapshot
    const { database } = handle
    const read = (options?: ReadOptions): Promise<RecordView> => readBy(handle, options)
    const { live } = database
    if (handle.kind === 'commit')
      return { database, view, read, snapshot, tables: database.tablesAt(handle.snapshot), live }
    if (handle.kind === 'transaction')
      return { database, view, read, snapshot, tables: handle.transaction.tables, live }
    return { database, view, read, snapshot, ...handle.open }
  })

  const drop = (id: HandleId): Handle | undefined => {
    const handle = handles.get(id)
    handles.delete(id)
    queries.closed(id)
    if (handle?.kind === 'transaction') handle.transaction.end()
    // With a branch its transactions end: what they have not written is not written any more.
    for (const [other, each] of handles) if (each.kind === 'transaction' && each.of === id) drop(other)
    return handle
  }

  return {
    handshake: async ({ extras }) => {
      if (extras !== undefined) parts.extras.locatedAt?.(extras)
      return { protocol: protocolVersion }
    },
    open: (request, callbacks) =>
      reply(() =>
        abortable(request.abortName, async (signal) => {
          const opened = await openDatabase(platform, parts, request, callbacks, signal)
          const info = add({ kind: 'branch', ...opened }, request.handle)
          queries.opened(info, request, opened.open.branch)
          return info
        }),
      ),
    abort: (token) =>
      reply(async () => {
        aborts.get(token)?.abort(new EspalierError('remote/aborted', 'The operation was aborted.'))
      }),
    close: (id) =>
      reply(async () => {
        const closing = handles.get(id)
        // Not transactions: what they wrote is shown by their branch, which keeps it when there is time.
        if (closing?.kind === 'branch') await closing.database.repository.derived?.finish(firstScreenKey)
        const handle = drop(id)
        const last = handle && ![...handles.values()].some(({ database }) => database === handle.database)
        if (last) await handle.database.close()
      }),

    databases: lazyCalls(async () => (await parts.extras.load()).answerDatabases(platform)),
    versions: lazyCalls(async () => {
      const { createVersions } = await parts.extras.load()
      return createVersions({
        viewOf: (id) => {
          const handle = handleOf(id)
          return { ...viewOf(handle), database: handle.database }
        },
        branchOf,
        abortable,
        hashObject,
        planUndo,
        storeCommit,
        packFor,
        refuseReadOnly,
      })
    }),

    collections: (id, options) =>
      reply(async () => {
        needOptions(options, { at: true, schema: ['own', 'current'] })
        const view = await viewAt(handleOf(id), options)
        return { collections: await describeCollections(view), issues: view.snapshot.schema.issues }
      }),
    get: (id, collection, key, options) =>
      reply(async () => getRow(await readBy(handleOf(id), options), collection, keyText(key))),
    ...queries,
    all: (id, collection, parent, options) =>
      reply(async () => allRows(await readBy(handleOf(id), options), collection, parent?.normalize('NFC'))),
    problems: (id, collection, parent, options) =>
      reply(async () =>
        readProblems(await viewAt(handleOf(id), options), collection, parent?.normalize('NFC')),
      ),
    count: (id, collection, parent, options) =>
      reply(async () => countRows(await readBy(handleOf(id), options), collection, parent?.normalize('NFC'))),
    validate: (id, options) =>
      reply(async () => {
        const handle = handleOf(id)
        const { database } = handle
        const { from } = options
        const view = await viewAt(handle, options)
        const { snapshot } = view
        const before = from === undefined ? from : await database.at(from, snapshot, snapshot.as && 'current')
        const { validateSnapshot } = await parts.extras.load()
        return validateSnapshot(database.repository, view, options, before)
      }),

    write: (id, operation, options) =>
      reply(() => write(id, operation, options, isDelete(operation) ? noRows : writtenRows)),
    bulkRows: (bulk, rows) => reply(async () => bulkParts.add(bulk, rows)),
    writeBulk: (id, { bulk, options, ...operation }) =>
      reply(async () => {
        const sent = bulkParts.take(bulk)
        return write(id, { ...operation, rows: sent.rows }, options, bulkWritten(sent), sent)
      }),

    beginTransaction: (id) =>
      reply(async () => {
        const { database, begin } = branchOf(id)
        return add({ kind: 'transaction', database, transaction: begin(), of: id })
      }),
    commitTransaction: (id) =>
      reply(async () => {
        const handle = handleOf(id)
        if (handle.kind !== 'transaction') throw notATransaction()
        return handle.transaction.commit()
      }),

    changes: (id) => reply(async () => describeChanges(branchOf(id).branch.changes)),
    discard: (id, filter) => reply(() => branchOf(id).writer.discard(filter)),
    undo: (id, direction) => reply(() => branchOf(id).writer.undo(direction)),
    commit: (id, options = {}) =>
      reply(async () => {
        const { branch, database } = branchOf(id)
        const { message, author = database.author, records: _records, ...more } = options ?? {}
        const isPlain =
          isMessage(message) &&
          isMessage(author?.name) &&
          isMessage(author.email) &&
          Object.keys(more).length === 0 &&
          Object.values(database.commitDefaults).every((value) => value === undefined)
        const request: CommitRequest = isPlain
          ? { message, author, filter: filterOf(options) }
          : (await parts.extras.load()).prepareCommit(database, branch, options)
        const committed = await commitChanges(database.repository, branch, request)
        queries.moved(id)
        return committed
      }),
    readFile: (id, path, options) =>
      reply(async () => {
        const handle = handleOf(id)
        return readFileText(handle.database.repository, (await viewAt(handle, options)).snapshot, path)
      }),
    replaceFile: (id, path, text, { message, force, author }) =>
      reply(async () => {
        const { branch, database } = branchOf(id)
        needMessage(message)
        const replacement = { path, text, message, force }
        const { replaceFileText } = await parts.extras.load()
        const by = author ?? database.author
        return replaceFileText(database.repository, branch, replacement, by, storeCommit)
      }),
    planSchema: (id, changes) =>
      reply(async () => (await schemaOf(id)).plan(viewOf(handleOf(id)).snapshot, changes)),
    inferSchema: (id) => reply(async () => (await schemaOf(id)).infer(viewOf(handleOf(id)).snapshot)),
    applySchema: (id, wanted, message, author) =>
      reply(async () => {
        const { branch, database } = branchOf(id)
        needMessage(message)
        return (await schemaOf(id)).apply(branch, wanted, message, author ?? database.author)
      }),
    log: (id, limit, at) =>
      reply(async () => {
        const handle = handleOf(id)
        return handle.database.log((await viewAt(handle, { at })).snapshot.commit, limit)
      }),
    push: (id, token) =>
      reply(() => abortable(token, (signal) => branchOf(id).database.push(branchOf(id).branch, signal))),
    pull: (id, token) =>
      reply(() => abortable(token, (signal) => branchOf(id).database.pull(branchOf(id).branch, signal))),
    status: (id) =>
      reply(() => {
        const handle = handleOf(id)
        const { snapshot } = viewOf(handle)
        return handle.database.status({
          branch: handle.kind === 'branch' ? handle.open.branch : null,
          snapshot,
        })
      }),
    dismissLoss: (id) => reply(() => handleOf(id).database.dismissLoss()),
    wake: (id) => reply(() => handleOf(id).database.wake()),
    settled: (id) => reply(() => handleOf(id).database.repository.settled()),
    exportBundle: (id) =>
      reply(async () => {
        return handleOf(id).database.exportBundle()
      }),
    compact: (id) => reply(() => handleOf(id).database.compact()),

    createBranch: (id, name, options) =>
      reply(async () => {
        needOptions(options, { from: true })
        const handle = handleOf(id)
        const { commit } = viewOf(handle).snapshot
        const open = await handle.database.createBranch(name, options?.from, commit)
        return add({ kind: 'branch', database: handle.database, open })
      }),
    openBranch: (id, name) =>
      reply(async () => {
        const { database } = handleOf(id)
        return add({ kind: 'branch', database, open: await database.openBranch(name) })
      }),
    at: (id, revision, schema) =>
      reply(async () => {
        const handle = handleOf(id)
        const { database } = handle
        return add({
          kind: 'commit',
          database,
          snapshot: await database.at(revision, viewOf(handle).snapshot, schema),
        })
      }),
  }
}

/** What reads of a handle show: without what was deleted softly, unless they ask for it. */
function shownBy(handle: Handle, { deleted = false }: ReadOptions = {}): RecordView {
  const { snapshot, changes } = viewOf(handle)
  if (deleted) return { snapshot, changes }
  const { settingsOf } = handle.database
  return {
    snapshot,
    changes,
    hides: (id) => {
      const settings = settingsOf(id)
      return settings.deleted === undefined ? undefined : (value) => isHidden(settings, value)
    },
  }
}

/** The same of the commit that `at` names. Throws `git/ref-missing`, `git/history-missing`, `engine/bad-argument`. */
function readBy(handle: Handle, options?: ReadOptions): Promise<RecordView> {
  return viewAt(handle, options, shownBy(handle, options))
}

async function viewAt(
  handle: Handle,
  { at, schema }: { readonly [Name in keyof AtOptions]: AtOptions[Name] | undefined } = {},
  view: RecordView = viewOf(handle),
): Promise<RecordView> {
  if (at === undefined) return view
  return { ...view, snapshot: await handle.database.at(at, view.snapshot, schema), changes: noChanges }
}

function viewOf(handle: Handle): RecordView {
  switch (handle.kind) {
    case 'branch':
      return handle.open.branch
    case 'commit':
      return { snapshot: handle.snapshot, changes: noChanges }
    case 'transaction':
      return handle.transaction.view
  }
}

const noValues: ReadonlyMap<string, RecordValue> = new Map()

const noRows: WriteAnswer<readonly Row[]> = async () => []

function isDelete({ kind }: WriteOperation): boolean {
  return kind === 'delete' || kind === 'deleteWhere'
}

function onlyRecords(): EspalierError {
  return new EspalierError(
    'engine/bad-argument',
    'A transaction reads and writes records only. Do that outside of it.',
  )
}

function notATransaction(): EspalierError {
  return new EspalierError('engine/bad-argument', 'This handle is no transaction.')
}

function isMessage(message: unknown): message is string {
  return typeof message === 'string' && message.trim() !== ''
}

function needMessage(message: string): void {
  if (isMessage(message)) return
  throw new EspalierError('engine/bad-argument', 'A commit needs a message. Say what changed and why.')
}
