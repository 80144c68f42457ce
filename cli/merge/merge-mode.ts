import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import type { FieldStrategy, MergeMode } from '../../src/protocol/merge.ts'
import {
  joinStrategies,
  readStrategy,
  strategyNames,
  type CollectionStrategies,
} from '../../worker/merge/read-strategies.ts'
import { splitPlace } from '../arguments.ts'
import { UsageError } from '../io.ts'

/** One `--mode`: of all collections, or of one. */
export interface AskedMode {
  readonly collection: string | undefined
  readonly mode: MergeMode
}

/** One `--strategy`. */
export interface AskedStrategy {
  /** The collection and the field: `units.tags`. Both may have dots in them. */
  readonly place: string
  readonly strategy: FieldStrategy
}

const modes: ReadonlySet<string> = new Set<MergeMode>(['field', 'record', 'file'])

/** Reads the values of `--mode`. Throws {@link UsageError}. */
export function readModes(texts: readonly string[]): readonly AskedMode[] {
  return texts.map((text) => {
    const { place: collection, value: mode } = splitPlace(text)
    if (!modes.has(mode))
      throw new UsageError(
        `--mode takes field, record or file, or one collection and its mode: "units=record"; not "${text}".`,
      )
    return {
      collection,
      mode: mode as MergeMode, // one of the set
    }
  })
}

/** Reads the values of `--strategy`. Throws {@link UsageError}. */
export function readStrategyOptions(texts: readonly string[]): readonly AskedStrategy[] {
  return texts.map((text) => {
    const { place, value } = splitPlace(text)
    const strategy = readStrategy(value)
    if (place === undefined || strategy === undefined)
      throw new UsageError(
        `--strategy takes a field and how it is merged: "units.tags=set" (${strategyNames}); not "${text}".`,
      )
    return { place, strategy }
  })
}

/** What was asked for, as the engine takes it. Throws `record/collection-missing`. */
export function strategyOptionsOf(
  asked: readonly AskedStrategy[],
  collections: ReadonlySet<string>,
): MergeOptions {
  if (asked.length === 0) return {}
  let strategies: CollectionStrategies = {}
  for (const { place, strategy } of asked) {
    // Of geo and geo.countries the longer one is meant.
    const id = [...collections]
      .filter((each) => place.startsWith(`${each}.`))
      .reduce((longest, each) => (each.length > longest.length ? each : longest), '')
    const field = place.slice(id.length + 1)
    if (id === '' || field === '')
      throw new EspalierError(
        'record/collection-missing',
        `There is no collection with a field "${place}".`,
        {
          data: { collection: place },
        },
      )
    strategies = joinStrategies({ [id]: { [field]: strategy } }, strategies)
  }
  return { strategies }
}

/** What was asked for, as the engine takes it. Throws `record/collection-missing`. */
export function mergeOptionsOf(asked: readonly AskedMode[], collections: ReadonlySet<string>): MergeOptions {
  const all = asked.findLast(({ collection }) => collection === undefined)?.mode
  const single = asked.flatMap(({ collection, mode }) =>
    collection === undefined ? [] : [[collection, mode] as const],
  )
  const unknown = single.find(([id]) => !collections.has(id))
  if (unknown) {
    const [id] = unknown
    throw new EspalierError('record/collection-missing', `There is no collection "${id}".`, {
      data: { collection: id },
    })
  }
  if (single.length === 0) return all === undefined ? {} : { mode: all }
  const others = all === undefined ? [] : Array.from(collections, (id) => [id, all] as const)
  return { mode: Object.fromEntries([...others, ...single]) }
}

const mark = 'espalier '

/**
 * The options of a merge that stops, for git's file MERGE_MODE: git removes it with the merge. It asks it for `no-ff`
 * only, and a merge with conflicts is never one that could be a fast-forward.
 */
export function mergeModeText(options: MergeOptions): string {
  return Object.keys(options).length === 0 ? '' : mark + JSON.stringify(options)
}

/** The options of the merge that a work tree is in: those of `espalier merge`; undefined where none were kept, as in git's own. */
export function optionsOfMerge(gitDir: string): MergeOptions | undefined {
  let text: string
  try {
    text = readFileSync(join(gitDir, 'MERGE_MODE'), 'utf8')
  } catch {
    return undefined
  }
  return text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as MergeOptions) : undefined // written above
}
