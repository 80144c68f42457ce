import { join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { Change } from './batch-plan.ts'
import type { NodeFiles } from './node-files.ts'
import { formatRecord, parseRecord } from './node-record.ts'
import { applyChanges, emptyImage, type StoreImage } from './store-image.ts'

/** One step as it is stored. A batch file may be applied again: it holds rows, not instructions. */
interface BatchRecord {
  readonly changes: readonly Change[]
}

/** A batch whose bytes are on the disk under a temporary name. */
export interface ReadyBatch {
  /** Renames it: the commit point. When it throws, the outcome is unknown and the log must be read again. */
  publish(): Promise<void>
}

/** The numbered batch files of a folder, and now and then a checkpoint that stands for all before it. */
export interface NodeLog {
  readonly image: StoreImage
  /** Makes the next batch file ready. When it throws, nothing happened. */
  prepare(changes: readonly Change[]): Promise<ReadyBatch>
  /** Replaces a log that has grown long by a checkpoint. Losing the race against a crash loses nothing. */
  compactWhenLong(): Promise<void>
}

const namePattern = /^(\d{12})\.(batch|checkpoint)$/

/** A length of the log after its checkpoint. */
export interface LogLength {
  readonly batches: number
  readonly sizeBytes: number
}

/** Up to here a log is short, whatever the checkpoint's size. */
const shortLog: LogLength = { batches: 256, sizeBytes: 1_000_000 }

/** Reads the newest checkpoint and replays the batches after it. Throws `storage/corrupt`, `storage/newer-format`. */
export async function openLog(
  folder: string,
  files: NodeFiles,
  short: LogLength = shortLog,
): Promise<NodeLog> {
  const found = await findFiles(folder, files)
  const image = emptyImage()
  let checkpointBytes = 0
  if (found.checkpoint > 0) {
    const path = join(folder, nameOf(found.checkpoint, 'checkpoint'))
    const bytes = await files.read(path)
    checkpointBytes = bytes.byteLength
    Object.assign(image, parseRecord(path, bytes) as StoreImage) // written by `compactWhenLong`
  }
  let last = found.checkpoint
  let logBytes = 0
  for (const number of found.batches) {
    if (number !== last + 1) throw gapError(folder, last + 1)
    const path = join(folder, nameOf(number, 'batch'))
    const bytes = await files.read(path)
    logBytes += bytes.byteLength
    applyChanges(image, (parseRecord(path, bytes) as BatchRecord).changes) // written by `append`
    last = number
  }
  for (const name of found.obsolete) await files.remove(join(folder, name))

  let first = found.checkpoint + 1

  async function write(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(folder, `${name}.tmp`)
    await files.write(temporary, bytes)
    await files.syncFile(temporary)
  }

  async function publish(name: string): Promise<void> {
    await files.rename(join(folder, `${name}.tmp`), join(folder, name))
    await files.syncFolder(folder)
  }

  return {
    image,

    async prepare(changes) {
      const name = nameOf(last + 1, 'batch')
      const record: BatchRecord = { changes }
      const bytes = formatRecord(record)
      // Read back, so that what is in memory is what is on disk, and shares nothing with the caller.
      const stored = parseRecord(name, bytes) as BatchRecord
      await write(name, bytes)
      return {
        async publish() {
          await publish(name)
          last += 1
          logBytes += bytes.byteLength
          applyChanges(image, stored.changes)
        },
      }
    },

    async compactWhenLong() {
      const batches = last + 1 - first
      const isLong = batches > short.batches || logBytes > Math.max(short.sizeBytes, checkpointBytes)
      if (!isLong) return
      const bytes = formatRecord(image)
      await write(nameOf(last, 'checkpoint'), bytes)
      await publish(nameOf(last, 'checkpoint'))
      const obsolete: string[] = first > 1 ? [nameOf(first - 1, 'checkpoint')] : []
      for (let number = first; number <= last; number++) obsolete.push(nameOf(number, 'batch'))
      first = last + 1
      logBytes = 0
      checkpointBytes = bytes.byteLength
      for (const name of obsolete) await files.remove(join(folder, name))
    },
  }
}

interface FoundFiles {
  readonly checkpoint: number
  /** The numbers after the checkpoint, in order. */
  readonly batches: readonly number[]
  /** Temporary files of steps that never happened, and what the checkpoint stands for. */
  readonly obsolete: readonly string[]
}

async function findFiles(folder: string, files: NodeFiles): Promise<FoundFiles> {
  const names = await files.list(folder)
  const numbered = names.flatMap((name) => {
    const [, digits, kind] = namePattern.exec(name) ?? []
    return digits ? [{ name, number: Number(digits), kind }] : []
  })
  const checkpoints = numbered.filter((file) => file.kind === 'checkpoint').map((file) => file.number)
  const checkpoint = Math.max(0, ...checkpoints)
  const isCurrent = ({ number, kind }: { number: number; kind: string | undefined }): boolean =>
    kind === 'batch' ? number > checkpoint : number === checkpoint
  return {
    checkpoint,
    batches: numbered
      .filter((file) => file.kind === 'batch' && isCurrent(file))
      .map((file) => file.number)
      .toSorted((a, b) => a - b),
    obsolete: [
      ...numbered.filter((file) => !isCurrent(file)).map((file) => file.name),
      ...names.filter((name) => name.endsWith('.tmp')),
    ],
  }
}

function nameOf(number: number, kind: 'batch' | 'checkpoint'): string {
  return `${String(number).padStart(12, '0')}.${kind}`
}

function gapError(folder: string, missing: number): EspalierError {
  return new EspalierError(
    'storage/corrupt',
    `Batch ${missing} is missing in ${folder}: restore it from a backup, or clone again.`,
    { data: { folder, missing } },
  )
}
