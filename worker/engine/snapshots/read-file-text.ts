import type { FileText } from '../../../src/protocol/engine.ts'
import { strictDecoder } from '../../format/record-text.ts'
import { assertSafePath } from '../../git/objects/path-safety.ts'
import type { CommitSnapshot, SnapshotSource } from './commit-snapshot.ts'
import { createGitFileTree } from './git-file-tree.ts'

/** A file of a commit as text, also one that no record can be read from. Undefined when there is none. */
export async function readFileText(
  { trees }: Pick<SnapshotSource, 'trees'>,
  { root }: CommitSnapshot,
  path: string,
): Promise<FileText | undefined> {
  assertSafePath(path)
  const bytes = await createGitFileTree(trees, root).readFile(path)
  if (!bytes) return undefined
  try {
    return { text: strictDecoder().decode(bytes) }
  } catch {
    // The text shows what it can; these bytes are what the file really holds.
    return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), bytes: bytes.slice() }
  }
}
