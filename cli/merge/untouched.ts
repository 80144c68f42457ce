import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { markLines } from '../git/mark-lines.ts'
import type { ConflictedFile } from './conflicted-files.ts'
import { markLabels, markVariants, variantsOf } from './mark-file.ts'
import type { FileRules } from './merge-file.ts'

/**
 * Whether a file in conflict is as a merge left it: one of the versions, or what git or the merge driver makes of them;
 * or as it is to become, by a decision that was cut short. Anything else was written by somebody, and must not be lost.
 */
export async function isUntouched(
  top: string,
  file: ConflictedFile,
  rules: FileRules,
  becoming: Uint8Array | undefined,
): Promise<boolean> {
  const { path, sides, inDatabase, byRecord } = file
  let now: string
  try {
    const place = join(top, path)
    now = lstatSync(place).isSymbolicLink() ? readlinkSync(place, 'latin1') : readFileSync(place, 'latin1')
  } catch {
    // It is not there, or is no file: nothing of it is lost.
    return true
  }
  const isNow = (bytes: Uint8Array): boolean =>
    comparable(Buffer.from(bytes).toString('latin1')) === comparable(now)
  if (isNow(sides.ours) || isNow(sides.theirs) || (becoming && isNow(becoming))) return true
  if (byRecord && inDatabase !== undefined) {
    const variants = await variantsOf(rules, inDatabase, sides)
    if (variants && isNow(markVariants(top, variants).bytes)) return true
  }
  return isNow(markLines(top, sides, markLabels).bytes) || isNow(markVariants(top, sides).bytes)
}

/** Without what stands behind marks, and without the line ends that a checkout may choose. */
function comparable(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(/^(<{7}|\|{7}|>{7})(?: .*)?$/gm, '$1')
}
