import type { Engine, HandleId } from '../../src/protocol/engine.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue, Row } from '../../src/protocol/records.ts'
import type { WriteOptions } from '../../src/protocol/validation.ts'
import type { WriteOperation } from '../../src/protocol/writes.ts'
import { normalKey } from '../format/record-layout.ts'
import { createBulkParts } from './writes/bulk-parts.ts'
import { bulkWritten } from './writes/bulk-written.ts'
import { checkOperation } from './writes/check-operation.ts'
import { viewOf, type Handle } from './handle.ts'
import type { Handles } from './handles.ts'
import { nextTurn } from './common/next-turn.ts'
import { operationStep, type StepParts } from './writes/operation-step.ts'
import { writtenRows, type WriteAnswer } from './queries/read-records.ts'
import { reply } from './common/reply.ts'

/** The calls of the protocol that write records, alone and in transactions. */
export type WriteCalls = Pick<
  Engine,
  'write' | 'bulkRows' | 'writeBulk' | 'beginTransaction' | 'commitTransaction'
>

export function answerWrites(handles: Pick<Handles, 'of' | 'branchOf' | 'add'>): WriteCalls {
  const write = async <T>(
    id: HandleId,
    operation: WriteOperation,
    options: WriteOptions | undefined,
    answer: WriteAnswer<T>,
    bulk?: StepParts['bulk'],
  ): Promise<T> => {
    const { collection } = operation
    const handle = handles.of(id)
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
    const { writer, branch } = handles.branchOf(id)
    const edits = await writer.write([step])
    return answer(branch, collection, edits)
  }
  const bulkParts = createBulkParts(nextTurn)

  return {
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
        const { database, begin } = handles.branchOf(id)
        return handles.add({ kind: 'transaction', database, transaction: begin(), of: id })
      }),
    commitTransaction: (id) =>
      reply(async () => {
        const handle = handles.of(id)
        if (handle.kind !== 'transaction') throw notATransaction()
        return handle.transaction.commit()
      }),
  }
}

/** Looks into history before anything is locked: it may have to be fetched. */
async function recall(
  handle: Handle,
  { collection, keys, from }: Extract<WriteOperation, { readonly kind: 'restore' }>,
): Promise<ReadonlyMap<string, RecordValue>> {
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

const noValues: ReadonlyMap<string, RecordValue> = new Map()

const noRows: WriteAnswer<readonly Row[]> = async () => []

function isDelete({ kind }: WriteOperation): boolean {
  return kind === 'delete' || kind === 'deleteWhere'
}

function notATransaction(): EspalierError {
  return new EspalierError('engine/bad-argument', 'This handle is no transaction.')
}
