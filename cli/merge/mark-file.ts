import { markLines, type MarkedLines, type Versions } from '../git/mark-lines.ts'
import { mergeFile, type Choose, type FileRules, type FileSides } from './merge-file.ts'

/** What stands behind git's marks. */
export const markLabels: Readonly<Record<keyof Versions, string>> = {
  ours: 'ours',
  base: 'base',
  theirs: 'theirs',
}

/** A file with all that merges merged, once with each version of what does not; null where it is not there. */
export interface FileVariants {
  readonly base: Uint8Array | null
  readonly ours: Uint8Array | null
  readonly theirs: Uint8Array | null
}

/** Undefined where `mergeFile` answers so. Throws `merge/bad-choice`. */
export async function variantsOf(
  rules: FileRules,
  path: string,
  sides: FileSides,
  choose: Choose = () => undefined,
): Promise<FileVariants | undefined> {
  const variants = new Map<string, Uint8Array | null>()
  for (const side of ['base', 'ours', 'theirs'] as const) {
    const merged = await mergeFile(rules, path, sides, (conflict) => choose(conflict) ?? side)
    if (merged === undefined) return undefined
    variants.set(side, merged.bytes)
  }
  const [base = null, ours = null, theirs = null] = ['base', 'ours', 'theirs'].map((side) =>
    variants.get(side),
  )
  return { base, ours, theirs }
}

const nothing = new Uint8Array()

/** The variants of a file as git shows a conflict: marks around what differs, and nothing else. */
export function markVariants(top: string, { base, ours, theirs }: FileVariants): MarkedLines {
  // Git leaves the version of the side that has one.
  if (ours === null || theirs === null) return { bytes: ours ?? theirs ?? nothing, conflicts: null }
  const marked = markLines(top, { base: base ?? nothing, ours, theirs }, markLabels)
  // A record that is taken whole may differ in lines that would merge: each of them is marked.
  const isMerged = marked.conflicts === 0 && !Buffer.from(ours).equals(theirs)
  return isMerged ? markLines(top, { base: nothing, ours, theirs }, markLabels) : marked
}
