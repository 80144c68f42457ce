import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitHeader, fileModify, importedRepository } from './fast-import.ts'
import { benchRecord, definitionText, recordText, type RecordFormat } from './record-data.ts'

/** Change it with every change of what is generated: it names the cache folder. */
const generatorVersion = 1

/** One generated database. */
export interface Dataset {
  readonly name: string
  readonly collections: number
  readonly recordsPerCollection: number
  readonly format: RecordFormat
  readonly commits: number
  /** Whether the server keeps a reachability bitmap beside its pack, as most hosts do. */
  readonly bitmap: boolean
}

/** `10k`, `flat-100k`, `yaml-10k`, … with `+history` for 500 commits instead of one. */
export function dataset(name: string): Dataset {
  const base = name.replace('+history', '').replace('-nobitmap', '')
  const shape = shapes[base]
  if (shape === undefined)
    throw new Error(`Unknown dataset ${name}: use one of ${Object.keys(shapes).join(', ')}`)
  return {
    name,
    ...shape,
    commits: name.includes('+history') ? 500 : 1,
    bitmap: !name.includes('-nobitmap'),
  }
}

type Shape = Pick<Dataset, 'collections' | 'recordsPerCollection' | 'format'>

const shapes: Readonly<Record<string, Shape>> = {
  '1k': { collections: 10, recordsPerCollection: 100, format: 'json' },
  '10k': { collections: 10, recordsPerCollection: 1_000, format: 'json' },
  '100k': { collections: 10, recordsPerCollection: 10_000, format: 'json' },
  'flat-100k': { collections: 1, recordsPerCollection: 100_000, format: 'json' },
  'yaml-10k': { collections: 10, recordsPerCollection: 1_000, format: 'yaml' },
}

/** Where the generated repositories are kept between runs. */
export const cacheDir: string = join(tmpdir(), `espalier-bench-v${generatorVersion}`)

export function recordCount(set: Dataset): number {
  return set.collections * set.recordsPerCollection
}

export function collectionId(collection: number): string {
  return `places${collection}`
}

export function recordKey(set: Dataset, index: number): { collection: string; key: string } {
  const collection = Math.floor(index / set.recordsPerCollection)
  return {
    collection: collectionId(collection),
    key: `r${String(index % set.recordsPerCollection).padStart(6, '0')}`,
  }
}

/** The path of a record's file in the repository. */
export function recordPath(set: Dataset, index: number): string {
  const { collection, key } = recordKey(set, index)
  return `${collection}/$records/${key}.${set.format}`
}

/** The bare repository of a dataset, generated on first use. */
export async function repository(set: Dataset): Promise<string> {
  return importedRepository(join(cacheDir, `${set.name}.git`), () => databaseStream(set), serverConfig(set))
}

/** A copy that a push may change. */
export async function workCopy(set: Dataset, to: string): Promise<string> {
  await cp(await repository(set), to, { recursive: true })
  return to
}

/** As a plain host is set up: pushes on, packed, no housekeeping in the middle of a measurement. */
function serverConfig(set: Dataset): Record<string, string> {
  return {
    'http.receivepack': 'true',
    'uploadpack.allowFilter': 'true',
    'uploadpack.allowReachableSHA1InWant': 'true',
    'repack.writeBitmaps': String(set.bitmap),
    'gc.auto': '0',
    'receive.autogc': 'false',
    'maintenance.auto': 'false',
  }
}

function* databaseStream(set: Dataset): Generator<string> {
  yield commitHeader('Import the data', 0)
  const ids = Array.from({ length: set.collections }, (_, i) => collectionId(i))
  yield fileModify('.ingitdb/root-collections.yaml', ids.map((id) => `${id}: ${id}\n`).join(''))
  yield fileModify('.ingitdb/settings.yaml', 'languages:\n  - required: en\n')
  for (const id of ids) {
    yield fileModify(`${id}/.collection/definition.yaml`, definitionText(`Places ${id}`, set.format))
  }
  yield* changedRecords(set, 0, recordCount(set), 0)
  for (let commit = 1; commit < set.commits; commit++) {
    yield commitHeader(`Correct five records (${commit})`, commit)
    for (let i = 0; i < 5; i++) {
      const index = (commit * 7919 + i * 104_729) % recordCount(set)
      yield fileModify(recordPath(set, index), recordText(benchRecord(index, commit), set.format))
    }
  }
  yield 'done\n'
}

/** A fast-import stream of one commit on `main` that changes `count` records, spread over all collections. */
export function* changeStream(set: Dataset, count: number, version: number): Generator<string> {
  yield commitHeader(`Change ${count} records`, 1000 + version)
  yield 'from refs/heads/main^0\n'
  const step = Math.max(1, Math.floor(recordCount(set) / count))
  yield* changedRecords(set, 0, count, version, step)
  yield 'done\n'
}

function* changedRecords(
  set: Dataset,
  from: number,
  count: number,
  version: number,
  step = 1,
): Generator<string> {
  for (let i = from; i < from + count; i++) {
    const index = i * step
    yield fileModify(recordPath(set, index), recordText(benchRecord(index, version), set.format))
  }
}
