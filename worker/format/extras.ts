import type { Issue } from '../../src/protocol/issues.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../src/protocol/schema.ts'
import type { FileTree } from './file-tree.ts'
import type { ComputedColumns } from './formula/computed-columns.ts'
import type { CompiledFormula, FormulaOptions } from './formula/formula.ts'
import type { FormatPlugins } from './plugins.ts'
import type { CodecOptions, RecordCodec } from './record-codec.ts'
import type { RecordSetCodec } from './record-set-codec.ts'
import type { SchemaFile, SchemaFileFault } from './schema/schema-file.ts'
import type { validateChanges } from './validation/validate-changes.ts'
import type { validateDatabase } from './validation/validate-database.ts'

/**
 * What a database of JSON records with flat definitions does without. In the prebuilt worker it is a file of its
 * own, loaded when the first definition or call needs it; everywhere else it is there from the start.
 */
export interface FormatExtras {
  /** Parses any YAML settings, registry or definition file. */
  parseSchemaText(text: string): SchemaFile | SchemaFileFault
  /** The codec of files of one record each, in every format; undefined when the format has none. */
  recordCodec(definition: CollectionDefinition, options: CodecOptions): RecordCodec | undefined
  /** The codec of files of many records, in every format; undefined when the format has none. */
  recordSetCodec(definition: CollectionDefinition, options: CodecOptions): RecordSetCodec | undefined
  /** Checks of what is stored; those of writes are always there. */
  readonly validateDatabase: typeof validateDatabase
  readonly validateChanges: typeof validateChanges
  readonly formulas: FormulaLanguage
  /** Collections that the files of a repository without definitions suggest; none when there are no data files. */
  inferCollections(tree: FileTree): Promise<DatabaseSchema>
}

/** Runs `formula` and `required_when` (a subset of Starlark's expressions). */
export interface FormulaLanguage {
  /** What is wrong with the formulas of a definition; paths point into its file. */
  check(definition: CollectionDefinition): readonly Issue[]
  computed(definition: CollectionDefinition): ComputedColumns
  /** A `required_when`. */
  condition(source: string, options: FormulaOptions): CompiledFormula<boolean>
}

/** Gets the extras when they are first needed. */
export interface ExtrasLoader<Extras extends FormatExtras = FormatExtras> {
  /** What {@link ExtrasLoader.load} gave. */
  readonly loaded: Extras | undefined
  /** Throws `client/extras-failed`; the next call tries again. */
  load(): Promise<Extras>
}

/** A loader of extras that are here already. */
export function givenExtras<Extras extends FormatExtras>(extras: Extras): ExtrasLoader<Extras> {
  return { loaded: extras, load: async () => extras }
}

/** Code that cannot wait met something that needs the extras; whoever called it loads them and tries again. */
class ExtrasNeeded extends Error {
  override readonly name = 'ExtrasNeeded'
}

/** The extras, for code that cannot wait: inside {@link withExtras}, or when they are known to be loaded. */
export function extrasOf({ extras }: FormatPlugins): FormatExtras {
  if (extras?.loaded) return extras.loaded
  throw new ExtrasNeeded('This needs the extras, which are not loaded.')
}

/** Runs something without the extras if it can, and again with them when it turns out to need them. */
export async function withExtras<T>({ extras }: FormatPlugins, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ExtrasNeeded) || !extras || extras.loaded) throw error
    await extras.load()
    return run()
  }
}

/** Whether the records of a collection are read and written by the extras. */
export function needsExtras(
  { columns, recordFile, readable }: CollectionDefinition,
  { canonical }: CodecOptions,
): boolean {
  if (!readable.ok) return false
  const isPlain = /^jsonl?$/.test(recordFile.format) && canonical === undefined
  return !isPlain || columns.some(({ locale }) => locale !== undefined)
}

/** Waits for what a collection's codec needs: then `codecFor` and `recordSetCodecFor` give it. */
export async function prepareCodec(definition: CollectionDefinition, options: CodecOptions): Promise<void> {
  if (needsExtras(definition, options)) await options.plugins?.extras?.load()
}
