import { join } from 'node:path'
import type { NodeFiles } from './node-files.ts'
import { codeOf } from './node-files.ts'
import { segmentMissing, segmentsIncomplete } from './storage-errors.ts'
import type { PackRow } from './storage.ts'

/** The segments of large packs, one file each: `<hex of the pack's id>.<index>`. */
export interface NodeSegments {
  read(pack: string, index: number): Promise<Uint8Array>
  write(pack: string, index: number, bytes: Uint8Array): Promise<void>
  /** Makes a pack's segments durable before its row is. Throws `storage/corrupt` when one is missing or short. */
  settle(row: PackRow): Promise<void>
  /** Removes the segments of the packs that `isGone` names. */
  remove(isGone: (pack: string) => boolean): Promise<void>
}

/** The folder must exist. */
export function openSegments(folder: string, files: NodeFiles): NodeSegments {
  const pathOf = (pack: string, index: number): string => join(folder, `${hexOf(pack)}.${index}`)

  return {
    async read(pack, index) {
      try {
        return await files.read(pathOf(pack, index))
      } catch (error) {
        throw codeOf(error) === 'ENOENT' ? segmentMissing(pack, index) : error
      }
    },

    write: (pack, index, bytes) => files.write(pathOf(pack, index), bytes),

    async settle({ id, sizeBytes, segmentCount, segmentBytes }) {
      if (segmentCount === 0) return
      const names = new Set(await files.list(folder))
      for (let index = 0; index < segmentCount; index++) {
        const path = pathOf(id, index)
        const expected = Math.min(segmentBytes, sizeBytes - index * segmentBytes)
        const whole = names.has(`${hexOf(id)}.${index}`) && (await files.sizeBytes(path)) === expected
        if (!whole) throw segmentsIncomplete(id, segmentCount, index)
        await files.syncFile(path)
      }
      await files.syncFolder(folder)
    },

    async remove(isGone) {
      for (const name of await files.list(folder)) {
        const pack = Buffer.from(name.slice(0, name.indexOf('.')), 'hex').toString()
        if (isGone(pack)) await files.remove(join(folder, name))
      }
    },
  }
}

// Hex, because a pack's id may hold what file names may not.
function hexOf(pack: string): string {
  return Buffer.from(pack).toString('hex')
}
