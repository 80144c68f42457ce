import { join } from 'node:path'
import { itemAt, itemDefinition, itemKey } from './database/item.ts'
import { commitHeader, fileModify, importedRepository } from './fast-import.ts'
import { cacheDir } from './repositories.ts'

/** Change it with every change of what is generated. */
const generatorVersion = 2

/** One generated database, of collections of ten thousand items each, and the branches that are merged and compared. */
export interface VersionSet {
  readonly name: string
  readonly records: number
  /** Changes of each side of the merge; the last `conflicts` of them are of the same fields on both. */
  readonly edits: number
  readonly conflicts: number
  /** Commits of the branch `long`, two changed records each. */
  readonly longHistory: number
}

export const versionSets: { readonly [Name in '10k' | '100k']: VersionSet } = {
  '10k': { name: '10k', records: 10_000, edits: 500, conflicts: 20, longHistory: 5_000 },
  '100k': { name: '100k', records: 100_000, edits: 1, conflicts: 0, longHistory: 0 },
}

/** The record whose history is asked for, and how often the branch `long` changes it. */
export const watched = { index: 4242, every: 250 } as const

/** How many records the branch `thousand` changes. */
export const apart = 1_000

/**
 * The bare repository of a set, made on first use. `base` is the first commit with all records; `main` and `draft`
 * change records after it, some of them the same; `clean` changes none that `main` changes; `thousand` changes a
 * thousand records of `main`; `long` is many small commits on `base`.
 */
export function versionRepository(set: VersionSet): Promise<string> {
  const path = join(cacheDir, `versions-${generatorVersion}-${set.name}.git`)
  return importedRepository(path, () => stream(set))
}

function* stream(set: VersionSet): Generator<string> {
  const { records, edits, conflicts, longHistory } = set
  yield commit('base', 'Import the items', 0)
  const ids = Array.from({ length: Math.ceil(records / perCollection) }, (_, n) =>
    collectionAt(n * perCollection),
  )
  yield fileModify('.ingitdb/root-collections.yaml', ids.map((id) => `${id}: ${id}\n`).join(''))
  for (const id of ids) yield fileModify(`${id}/.collection/definition.yaml`, itemDefinition)
  for (let index = 0; index < records; index++) yield recordFile(index)

  const own = edits - conflicts
  const side = (name: string, from: number, stock: number): Generator<string> =>
    changes(name, 'base', [...range(from, own), ...range(9_000, conflicts)], stock)
  yield* side('main', 0, 7_001)
  yield* side('draft', own, 7_002)
  yield* changes('clean', 'base', range(own, edits), 7_003)
  yield* changes('thousand', 'main', range(2_000, Math.min(apart, records - 2_000)), 7_004)
  if (longHistory > 0) {
    yield `reset refs/heads/long\nfrom refs/heads/base\n\n`
    for (let n = 1; n <= longHistory; n++) {
      yield commit('long', `Correct two items (${n})`, n)
      const first = n % watched.every === 0 ? watched.index : (n * 7919) % records
      const second = (n * 104_729 + 1) % records
      yield recordFile(first, n)
      if (second !== first) yield recordFile(second, n)
    }
  }
  yield 'done\n'
}

function* changes(
  branch: string,
  from: string,
  indexes: readonly number[],
  stock: number,
): Generator<string> {
  yield commit(branch, `Change ${indexes.length} items`, 1, from)
  for (const index of indexes) yield recordFile(index, stock)
}

function range(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

const perCollection = 10_000

function collectionAt(index: number): string {
  return index < perCollection ? 'items' : `items${Math.floor(index / perCollection)}`
}

/** The item as its file; with another stock it differs in one line. */
function recordFile(index: number, stock?: number): string {
  const { id: _id, ...fields } = itemAt(index)
  const value = stock === undefined ? fields : { ...fields, stock }
  return fileModify(
    `${collectionAt(index)}/$records/${itemKey(index)}.json`,
    `${JSON.stringify(value, null, 2)}\n`,
  )
}

/** `at` counts minutes. */
function commit(branch: string, message: string, at: number, from?: string): string {
  return `${commitHeader(message, at / 60, branch)}${from === undefined ? '' : `from refs/heads/${from}\n`}`
}
