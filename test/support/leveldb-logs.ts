import { readdir, readFile, truncate } from 'node:fs/promises'
import { basename, join } from 'node:path'

/**
 * Cuts off what a kill left unfinished at the end of the LevelDB logs below `folder`; answers what it cut.
 *
 * Chromium keeps IndexedDB in LevelDB. A kill may leave half a record at the end of a log: LevelDB ignores it (nobody
 * was promised that it is there), but then goes on writing *behind* it, and the opening after that finds damage in the
 * middle and drops the whole database (https://github.com/google/leveldb/issues/1287, open). That bug is not ours, and
 * a test that meets it in one of some hundred kills proves nothing; so the harness forgets the half record as LevelDB
 * does, and everything that is lost after that is our fault. See docs/decisions/007.
 */
export async function cutTornRecords(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const cut: string[] = []
  for (const entry of entries) {
    if (!entry.isFile() || !/^(?:\d+\.log|MANIFEST-\d+)$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    const whole = wholeRecords(bytes)
    if (whole === bytes.length) continue
    await truncate(path, whole)
    cut.push(`${basename(entry.parentPath)}/${entry.name}: ${bytes.length - whole} of ${bytes.length} bytes`)
  }
  return cut
}

const blockBytes = 32_768
const headerBytes = 7
const kinds = { full: 1, first: 2, middle: 3, last: 4 } as const

/**
 * How many bytes of a LevelDB log are complete records (https://github.com/google/leveldb/blob/main/doc/log_format.md):
 * all but an unfinished last one. Damage before the end is left for LevelDB to find.
 */
export function wholeRecords(log: Uint8Array): number {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  let whole = 0
  for (let at = 0; at < log.length;) {
    const room = blockBytes - (at % blockBytes)
    if (room < headerBytes) {
      at += room // a block ends with zeros where no header fits
      continue
    }
    if (at + headerBytes > log.length) return whole
    const length = view.getUint16(at + 4, true)
    const kind = view.getUint8(at + 6)
    if (length + headerBytes > room || kind < kinds.full || kind > kinds.last) return log.length // damaged
    at += headerBytes + length
    if (at > log.length) return whole
    if (kind === kinds.full || kind === kinds.last) whole = at
  }
  // Zeros at the end of a block belong to what stands before them.
  return log.length - whole < headerBytes && log.subarray(whole).every((byte) => byte === 0)
    ? log.length
    : whole
}
