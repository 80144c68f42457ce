import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import type { MergeMode } from '../../src/protocol/merge.ts'
import { splitPlace } from '../arguments.ts'
import { UsageError } from '../io.ts'

/** One `--mode`: of all collections, or of one. */
export interface AskedMode {
  readonly collection: string | undefined
  readonly mode: MergeMode
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
  return options.mode === undefined ? '' : mark + JSON.stringify(options)
}

/** The options of the merge that a work tree is in: those of `espalier merge`, and git's own has none. */
export function optionsOfMerge(gitDir: string): MergeOptions {
  let text: string
  try {
    text = readFileSync(join(gitDir, 'MERGE_MODE'), 'utf8')
  } catch {
    return {}
  }
  return text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as MergeOptions) : {} // written above
}
