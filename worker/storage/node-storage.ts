import { join } from 'node:path'
import { type EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import { planBatch, prepareBatch } from './batch-plan.ts'
import { isFull, nodeFiles, type NodeFiles } from './node-files.ts'
import { lockFolder } from './node-folder-lock.ts'
import { type LogLength, openLog } from './node-log.ts'
import { nodeProcesses, type Processes } from './node-processes.ts'
import { openSegments } from './node-segments.ts'
import { closedError, quotaError, unavailable } from './storage-errors.ts'
import type { BatchOutcome, Storage } from './storage.ts'
import { readImage, readLog } from './store-image.ts'

/** What a test may put in place of the machine. */
export interface NodeStorageOptions {
  readonly files?: NodeFiles
  readonly processes?: Processes
  readonly shortLog?: LogLength
}

/**
 * Opens the store in this folder, made when it is not there. One process at a time may hold it.
 * Throws `storage/locked`, `storage/corrupt`, `storage/newer-format`, `storage/quota`, `storage/unavailable`.
 */
export async function openNodeStorage(folder: string, options: NodeStorageOptions = {}): Promise<Storage> {
  const { files = nodeFiles, processes = nodeProcesses } = options
  const unlock = await explained(async () => {
    await files.makeFolder(folder)
    return lockFolder(folder, files, processes)
  })
  try {
    return await explained(() => openLocked(folder, files, unlock, options.shortLog))
  } catch (error) {
    await unlock().catch(() => {}) // the first error is the reason; a lock that stays dies with this process
    throw error
  }
}

async function openLocked(
  folder: string,
  files: NodeFiles,
  unlock: () => Promise<void>,
  shortLog: LogLength | undefined,
): Promise<Storage> {
  const segmentFolder = join(folder, 'segments')
  const logFolder = join(folder, 'log')
  await files.makeFolder(segmentFolder)
  await files.makeFolder(logFolder)
  await files.syncFolder(folder)
  const segments = openSegments(segmentFolder, files)
  const log = await openLog(logFolder, files, shortLog)
  const { image } = log

  let stopped: EspalierError | undefined
  let lastStep: Promise<unknown> = Promise.resolve()

  /** One step at a time, in the order of the calls. */
  function step<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      if (stopped) throw stopped
      return explained(work)
    }
    const result = lastStep.then(run)
    lastStep = result.catch(() => {})
    return result
  }

  async function commit(batch: Parameters<Storage['commit']>[0]): Promise<BatchOutcome> {
    const plan = planBatch(prepareBatch(batch), image)
    if (!plan.ok) return plan.outcome
    for (const change of plan.changes) if (change.kind === 'putPack') await segments.settle(change.row)
    const prepared = await log.prepare(plan.changes)
    try {
      await prepared.publish()
    } catch (error) {
      stopped = unknownOutcome(folder, error)
      throw stopped
    }
    await tidy(plan.changes.flatMap((change) => (change.kind === 'deletePack' ? [change.id] : [])))
    return plan.outcome
  }

  /** After the acknowledgement: what fails here costs room, not data, and is done again after reopening. */
  async function tidy(deletedPacks: readonly string[]): Promise<void> {
    try {
      if (deletedPacks.length > 0) await segments.remove((pack) => deletedPacks.includes(pack))
      await log.compactWhenLong()
    } catch {
      // Segments without a row are orphans, and an old log beside its checkpoint is obsolete.
    }
  }

  return {
    readState: (known) => step(async () => readImage(image, known)),
    readPacks: (known) =>
      step(async () => {
        const { packs, packIds } = readImage(image, known)
        return { ids: packIds, added: packs }
      }),
    readJournal: (scope, after) => step(async () => readLog(image, 'journal', scope, after)),
    readReflog: (ref) => step(async () => readLog(image, 'reflog', ref)),
    readSegment: (pack, index) => step(() => segments.read(pack, index)),
    writeSegment: (pack, index, bytes) => step(() => segments.write(pack, index, bytes)),
    dropOrphanSegments: () => step(() => segments.remove((pack) => !image.packs.has(pack))),
    commit: (batch) => step(() => commit(batch)),

    async close() {
      await lastStep
      if (stopped?.code === 'storage/closed') return
      stopped = closedError()
      await explained(unlock)
    },
  }
}

function unknownOutcome(folder: string, cause: unknown): EspalierError {
  return unavailable(
    `Writing to ${folder} failed (${String(cause)}): open the database again to see whether the step was stored.`,
    cause,
  )
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isEspalierError(error)) throw error
    if (isFull(error)) throw quotaError(error)
    throw unavailable(
      `The file system failed (${String(error)}): check the folder, then open the database again.`,
      error,
    )
  }
}
