import type { FileDiff, FileValue } from '../../../../src/protocol/diff.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { diffTrees } from '../../../git/trees/tree-diff.ts'
import { badArgument } from '../../common/bad-argument.ts'
import type { SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import { isFileMode } from '../../snapshots/git-file-tree.ts'
import type { Sides } from './diff-sides.ts'
import { createUnitOf } from '../merging/merge-units.ts'

/** The files that differ and that hold records on neither side. */
export async function plainFiles(
  { trees, objects }: Pick<SnapshotSource, 'trees' | 'objects'>,
  { from, to }: Pick<Sides, 'from' | 'to'>,
): Promise<readonly FileDiff[]> {
  const unitOf = createUnitOf([from.schema, to.schema])
  const valueOf = async (oid: Oid | null, mode: number | null): Promise<FileValue | undefined> =>
    oid !== null && mode !== null && isFileMode(mode) ? fileValue((await objects.read(oid)).bytes) : undefined
  const files: FileDiff[] = []
  for (const { path, oldOid, oldMode, newOid, newMode } of await diffTrees(trees, from.root, to.root)) {
    if (oldOid === newOid || unitOf(path)) continue
    const before = await valueOf(oldOid, oldMode)
    const after = await valueOf(newOid, newMode)
    if (before === undefined && after === undefined) continue
    files.push({
      file: path,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    })
  }
  return files
}

function fileValue(bytes: Uint8Array): FileValue {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { base64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) }
  }
}

/** The bytes of a file that a change set holds. Throws `engine/bad-argument`. */
export function bytesOfFile(value: FileValue, file: string): Uint8Array {
  try {
    if (typeof value === 'string') return new TextEncoder().encode(value)
    return Uint8Array.from(atob(value.base64), (char) => char.charCodeAt(0))
  } catch {
    throw badArgument(`The change of ${file} holds neither text nor base64.`, { file })
  }
}
