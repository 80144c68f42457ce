import { declaredPath, type PathOutcome, parentPath } from '../format/file-path.ts'
import type { FileTree } from '../format/file-tree.ts'
import { parseSchemaFile } from '../format/schema/schema-file.ts'
import { parseSchemaText } from '../format/schema/schema-text.ts'
import { asMap, type SchemaMap } from '../format/schema/schema-values.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { type Planning, refuse } from './planning.ts'

/** One file of a definition: its own, or one that it inherits from. */
export interface DefinitionFile {
  readonly path: string
  readonly entries: SchemaMap
}

/** A definition's own file and those that it inherits from, nearest first; what cannot be read ends the chain. */
export async function definitionFiles(
  tree: FileTree,
  definitionPath: string,
): Promise<readonly DefinitionFile[]> {
  const files: DefinitionFile[] = []
  let path: string | undefined = definitionPath
  while (path !== undefined && !files.some((file) => file.path === path)) {
    const bytes: Uint8Array | undefined = await tree.readFile(path)
    const parsed = bytes && parseSchemaFile(bytes, parseSchemaText)
    if (parsed === undefined || 'message' in parsed) break
    files.push({ path, entries: parsed.entries })
    const base = parsed.entries.get('inherits')
    const outcome: PathOutcome =
      typeof base === 'string' ? declaredPath(base, parentPath(path)) : { refused: '' }
    path = 'path' in outcome ? outcome.path : undefined
  }
  return files
}

/** The nearest file that says something under a key, or of an entry of that key's map; undefined when none does. */
export function findFile(
  files: readonly DefinitionFile[],
  key: string,
  entry?: string,
): DefinitionFile | undefined {
  return files.find(({ entries }) =>
    entry === undefined ? entries.has(key) : asMap(entries.get(key))?.has(entry),
  )
}

/** Refuses to change a base that other collections inherit from as well. */
export async function assertOwn(
  { tree, schema }: Pick<Planning, 'tree' | 'schema'>,
  definition: CollectionDefinition,
  path: string,
  what: string,
): Promise<void> {
  if (path === definition.definitionPath) return
  for (const other of schema.collections.values()) {
    if (other.id === definition.id) continue
    const files = await definitionFiles(tree, other.definitionPath)
    if (files.some((file) => file.path === path)) {
      refuse(
        'format/bad-definition',
        `${what} comes from "${path}", which "${other.id}" inherits as well. Declare it in the definition of "${definition.id}" first.`,
        { file: path, collection: definition.id },
      )
    }
  }
}
