import { protocolVersion } from '../../src/protocol/engine.ts'
import type { Engine, HandleId } from '../../src/protocol/engine.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { firstScreenKey } from '../../src/protocol/first-screen.ts'
import { needOptions } from '../../src/protocol/options.ts'
import type { ReadOptions } from '../../src/protocol/records.ts'
import { keyText } from '../format/record-layout.ts'
import { hashObject } from '../git/objects/sha1.ts'
import { answerQueries } from './answer-queries.ts'
import { answerWrites } from './answer-writes.ts'
import { commitChanges, type CommitRequest } from './commits/commit-changes.ts'
import type { CommitSnapshot } from './snapshots/commit-snapshot.ts'
import { readBy, shownBy, viewAt, viewOf } from './handle.ts'
import { createHandles } from './handles.ts'
import { lazyCalls } from './common/lazy-calls.ts'
import { openDatabase } from './open-database.ts'
import type { Platform } from './platform/platform.ts'
import type { EngineParts } from './platform/plugins.ts'
import { packFor, refuseReadOnly } from './sync/push.ts'
import { readFileText } from './snapshots/read-file-text.ts'
import {
  allRows,
  countRows,
  describeCollections,
  getRow,
  readProblems,
  type RecordView,
} from './queries/read-records.ts'
import { reply } from './common/reply.ts'
import type { SchemaEditor } from './commits/schema-changes.ts'
import { filterOf } from './writes/select-changes.ts'
import { storeCommit } from './commits/store-commit.ts'
import { planUndo } from './writes/undo-operation.ts'
import { describeChanges } from './branches/working-changes.ts'

/** The engine behind every client: answers the calls of the protocol on a platform. */
export function createEngine(platform: Platform, parts: EngineParts): Engine {
  const aborts = new Map<string, AbortController>()
  const handles = createHandles(
    // Not transactions: what they wrote is shown by their branch, which keeps it when there is time.
    async ({ kind, database }) => {
      if (kind === 'branch') await database.repository.derived?.finish(firstScreenKey)
    },
    (id) => queries.closed(id),
  )
  const { add, branchOf, of: handleOf } = handles
  const abortable = async <T>(token: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const controller = new AbortController()
    aborts.set(token, controller)
    try {
      return await run(controller.signal)
    } finally {
      aborts.delete(token)
    }
  }
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
    close: (id) => reply(() => handles.close(id)),

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

    ...answerWrites(handles),
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

function isMessage(message: unknown): message is string {
  return typeof message === 'string' && message.trim() !== ''
}

function needMessage(message: string): void {
  if (isMessage(message)) return
  throw new EspalierError('engine/bad-argument', 'A commit needs a message. Say what changed and why.')
}
