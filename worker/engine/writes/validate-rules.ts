import type { CollectionDefinition } from '../../../src/protocol/schema.ts'
import { readRules } from '../../format/validation/attached-schema.ts'
import type { CollectionRules } from '../../format/validation/validation-source.ts'
import type { CommitSnapshot, SnapshotSource } from '../snapshots/commit-snapshot.ts'
import { createGitFileTree } from '../snapshots/git-file-tree.ts'

/** Each commit whose definitions were read again has definitions of its own, so what is attached is that of the commit. */
const compiled = new WeakMap<CollectionDefinition, Promise<CollectionRules>>()

/** The rules of a collection in a commit, compiled once. */
export function rulesOf(
  { trees, codecs }: Pick<SnapshotSource, 'trees' | 'codecs'>,
  { schemaRoot }: Pick<CommitSnapshot, 'schemaRoot'>,
  definition: CollectionDefinition,
): Promise<CollectionRules> {
  const known = compiled.get(definition)
  if (known) return known
  const reading = readRules(
    definition,
    (path) => createGitFileTree(trees, schemaRoot).readFile(path),
    codecs.plugins,
  )
  compiled.set(definition, reading)
  reading.catch(() => compiled.delete(definition))
  return reading
}
