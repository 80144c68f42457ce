import { join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import { codeOf, type NodeFiles } from './node-files.ts'
import type { ProcessId, Processes } from './node-processes.ts'

/**
 * Takes the folder's lock file and answers how to release it. A lock whose process is dead is taken over; the
 * takeover itself is guarded by a second file, so that two processes cannot both succeed. Throws `storage/locked`.
 */
export async function lockFolder(
  folder: string,
  files: NodeFiles,
  processes: Processes,
): Promise<() => Promise<void>> {
  const path = join(folder, 'lock')
  const guard = join(folder, 'lock.takeover')
  const mine = Buffer.from(JSON.stringify(await processes.self()))

  if (!(await tryCreate(files, path, mine))) {
    if (!(await takeGuard())) throw lockedError(folder, null)
    try {
      const holder = await readHolder(files, path)
      if (isProcess(holder) && (await processes.isAlive(holder))) throw lockedError(folder, holder.pid)
      // One that has just been given back is not removed: by now it may be somebody else's.
      if (holder !== 'gone') await removeIfThere(files, path)
      if (!(await tryCreate(files, path, mine))) throw lockedError(folder, null)
    } finally {
      await removeIfThere(files, guard)
    }
  }
  return () => removeIfThere(files, path)

  async function takeGuard(): Promise<boolean> {
    if (await tryCreate(files, guard, mine)) return true
    // Held for moments only, so that a dead holder is one that was killed in the middle of a takeover.
    const holder = await readHolder(files, guard)
    if (isProcess(holder) && (await processes.isAlive(holder))) return false
    if (holder !== 'gone') await removeIfThere(files, guard)
    return tryCreate(files, guard, mine)
  }
}

async function tryCreate(files: NodeFiles, path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await files.create(path, bytes)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** `'torn'`: by a power cut, since `create` never shows a file without its content. */
async function readHolder(files: NodeFiles, path: string): Promise<ProcessId | 'gone' | 'torn'> {
  try {
    const holder = JSON.parse(Buffer.from(await files.read(path)).toString()) as Partial<ProcessId> | null
    return typeof holder?.pid === 'number' ? { pid: holder.pid, started: holder.started ?? null } : 'torn'
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone'
    if (error instanceof SyntaxError) return 'torn'
    throw error
  }
}

function isProcess(holder: ProcessId | 'gone' | 'torn'): holder is ProcessId {
  return typeof holder === 'object'
}

async function removeIfThere(files: NodeFiles, path: string): Promise<void> {
  try {
    await files.remove(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

function lockedError(folder: string, pid: number | null): EspalierError {
  const who = pid === null ? 'Another process' : `Process ${pid}`
  return new EspalierError(
    'storage/locked',
    `${who} has the database in ${folder} open: end it, or close it there.`,
    {
      data: pid === null ? { folder } : { folder, pid },
    },
  )
}
