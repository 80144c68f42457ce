import { EspalierError } from '../../../../src/protocol/errors.ts'
import type { MergeOptions } from '../../../../src/protocol/merge-calls.ts'
import type { Json } from '../../../../src/protocol/records.ts'
import type { FileTree } from '../../../format/file-tree.ts'
import { isJsonMap } from '../../../format/record-value.ts'
import { parseSchemaFile, type TextPosition } from '../../../format/schema/schema-file.ts'
import { parseSchemaText } from '../../../format/schema/schema-text.ts'
import { type CollectionStrategies, joinStrategies, readStrategies } from '../../../merge/read-strategies.ts'
import type { CommitSnapshot, SnapshotSource } from '../../snapshots/commit-snapshot.ts'
import { createGitFileTree } from '../../snapshots/git-file-tree.ts'
import { withTimeStrategies } from './time-strategies.ts'

/** A file of our own: the format's tools refuse keys that they do not know in settings and definitions. */
export const strategiesPath = '.ingitdb/espalier.yaml'

export type StrategyFiles = Pick<FileTree, 'readFile'>

/**
 * The options of a merge into a commit: with what the commit declares of fields for everyone, and the app of times.
 * Those of the options go before them. Throws `format/bad-definition`.
 */
export async function mergeOptionsAt(
  { trees }: Pick<SnapshotSource, 'trees'>,
  { root, schema, settingsOf }: Pick<CommitSnapshot, 'root' | 'schema' | 'settingsOf'>,
  options: MergeOptions = {},
): Promise<MergeOptions> {
  const declared = await withDeclaredStrategies(options, createGitFileTree(trees, root))
  return withTimeStrategies(declared, schema.collections.keys(), settingsOf)
}

/**
 * The options of a merge with the strategies that the repository declares for everyone, in `merge.strategies` of
 * `.ingitdb/espalier.yaml`; those of the options go before them. Throws `format/bad-definition`.
 */
export async function withDeclaredStrategies(
  options: MergeOptions,
  tree: StrategyFiles,
): Promise<MergeOptions> {
  const { strategies, faults } = await readDeclared(tree)
  if (faults.length > 0)
    throw new EspalierError(
      'format/bad-definition',
      `${strategiesPath} says how values are merged, and is wrong: ${faults.map(({ message }) => message).join(' ')}`,
      { data: { path: strategiesPath } },
    )
  if (Object.keys(strategies).length === 0) return options
  return { ...options, strategies: joinStrategies(options.strategies ?? {}, strategies) }
}

/** What is wrong in the file, and where. */
export interface Fault {
  readonly path: readonly string[]
  readonly message: string
  /** Where the path does not lead to it. */
  readonly at?: TextPosition
}

/** What the file says. */
export interface DeclaredStrategies {
  readonly strategies: CollectionStrategies
  readonly faults: readonly Fault[]
  /** Names that are not looked at. */
  readonly unknown: readonly Fault[]
  locate(path: readonly string[]): TextPosition | undefined
}

/** Reads the strategies of a repository; a file that is not there declares none. */
export async function readDeclared(tree: StrategyFiles): Promise<DeclaredStrategies> {
  const bytes = await tree.readFile(strategiesPath)
  const parsed = bytes ? parseSchemaFile(bytes, parseSchemaText) : undefined
  const locate: DeclaredStrategies['locate'] = (path) =>
    parsed && 'locate' in parsed ? parsed.locate(path) : undefined
  const nothing = { strategies: {}, faults: [], unknown: [], locate }
  if (!parsed) return nothing
  if ('message' in parsed) {
    const { message, line = 1, column = 1 } = parsed
    return { ...nothing, faults: [{ path: [], message: `${message}.`, at: { line, column } }] }
  }
  const others = (names: Iterable<string>, known: string, path: readonly string[] = []): readonly Fault[] =>
    [...names]
      .filter((name) => name !== known)
      .map((name) => ({
        path: [...path, name],
        message: `"${[...path, name].join('.')}" is not known here: it is passed over.`,
      }))
  const merge = parsed.entries.get('merge') ?? {}
  if (!isJsonMap(merge)) return { ...nothing, faults: [{ path: ['merge'], message: 'merge is not a map.' }] }
  const unknown = [
    ...others(parsed.entries.keys(), 'merge'),
    ...others(Object.keys(merge), 'strategies', ['merge']),
  ]
  const given: Json = Object.hasOwn(merge, 'strategies') ? (merge['strategies'] ?? {}) : {}
  const path = ['merge', 'strategies']
  if (!isJsonMap(given))
    return {
      ...nothing,
      unknown,
      faults: [{ path, message: 'merge.strategies is not a map of collections.' }],
    }
  const { strategies, faults } = readStrategies(given)
  return {
    strategies,
    faults: faults.map(({ path: at, message }) => ({ path: [...path, ...at], message })),
    unknown,
    locate,
  }
}
