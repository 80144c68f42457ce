import type { Issue } from '../../../src/protocol/issues.ts'
import type { RecordValue } from '../../../src/protocol/records.ts'
import type { CollectionDefinition, DatabaseSchema } from '../../../src/protocol/schema.ts'
import { compileLinearPattern } from '../linear-pattern/linear-pattern.ts'
import { joinPath } from '../file-path.ts'
import type { FileTree } from '../file-tree.ts'
import { type DataFolder, type FileGroup, idForPath, listDataFolder } from './data-files.ts'
import { guessPrimaryKey } from './primary-key.ts'
import { type Sniffed, sniffCost, sniffFile } from './sniff-file.ts'
import { areAlike, declaredType, guessCellTypes, guessFieldTypes } from './value-types.ts'

/** How a repository without definitions is looked at. */
export interface InferOptions {
  /** Looks at every file, however many there are. */
  readonly thorough?: boolean
}

/** Opening must not stall: only so many folders are listed, and the beginnings of so many files read. */
const onOpen = {
  folders: 1000,
  sniffed: 300,
  /** See `sniffCost`. */
  cost: 4_000_000,
  collections: 200,
  /** In a folder where each file is looked at. */
  sniffedPerFolder: 40,
}
const unlimited: typeof onOpen = {
  folders: Infinity,
  sniffed: Infinity,
  cost: Infinity,
  collections: Infinity,
  sniffedPerFolder: Infinity,
}
const maxSampleRows = 200
const maxDepth = 8

const singleRecord = 'map[string]any'
const listTypes = { list: '[]map[string]any', dictionary: 'map[$record_id]map[$field_name]any' } as const

/**
 * The collections that the files of a repository without definitions suggest, read-only. None when it has no
 * data files. Columns come from samples; nothing is `required`. What was not looked at is a warning.
 */
export async function inferCollections(tree: FileTree, options: InferOptions = {}): Promise<DatabaseSchema> {
  const { thorough = false } = options
  const limits = thorough ? unlimited : onOpen
  const collections = new Map<string, CollectionDefinition>()
  const issues: Issue[] = []
  let sniffed = 0
  let cost = 0
  let isCut = false
  const warn = (file: string, message: string): void => {
    issues.push({ code: 'format/bad-record', severity: 'warning', message, file, line: 1, column: 1 })
  }

  const sniff = async (dir: string, name: string, format: string): Promise<Sniffed | undefined> => {
    if (sniffed >= limits.sniffed || cost >= limits.cost) {
      isCut = true
      return undefined
    }
    sniffed++
    const bytes = await tree.readFile(joinPath(dir, name))
    if (bytes === undefined) return undefined
    cost += sniffCost(bytes, format)
    return sniffFile(bytes, format)
  }
  const add = (id: string, format: string, dir: string, rest: Found): void => {
    if (collections.size >= limits.collections) {
      isCut = true
      return
    }
    let free = id
    if (collections.has(free)) free = `${id}_${format}`
    for (let i = 2; collections.has(free); i++) free = `${id}_${i}`
    const { name, type, samples, header, excludeRegex } = rest
    const rows = samples.slice(0, maxSampleRows)
    const types = format === 'csv' ? guessCellTypes(rows) : guessFieldTypes(rows)
    const names = header ?? [...types.keys()]
    collections.set(free, {
      id: free,
      titles: {},
      dataDir: dir,
      recordsDir: dir,
      columns: names
        .filter((column) => column !== '$ID' && column !== '$id')
        .map((column) => ({ name: column, type: declaredType(types.get(column)), required: false })),
      columnsOrder: header ?? [],
      primaryKey: type === listTypes.list ? (guessPrimaryKey(rest.samples) ?? names) : [],
      recordFile: { name, format, type, ...(excludeRegex === undefined ? {} : { excludeRegex }) },
      readable: { ok: true },
      definitionPath: '',
    })
  }
  const addRows = (dir: string, name: string, format: string, found: SniffedRows): void =>
    add(idForPath(dir, name.slice(0, name.lastIndexOf('.'))), format, dir, {
      name,
      type: listTypes[found.kind],
      samples: found.rows,
      ...(found.kind === 'dictionary' || found.columns === undefined ? {} : { header: found.columns }),
    })

  const addGroup = async (group: FileGroup): Promise<void> => {
    const { dir, format, names } = group
    const hasRows = format === 'csv' || format === 'jsonl' || format === 'ingr'
    if (!hasRows && names.length > 1) {
      const found = await Promise.all(spread(names).map((name) => sniff(dir, name, format)))
      const values = found.map(valueOf)
      if (values.every((value) => value !== undefined) && areAlike(values)) {
        add(idForPath(dir), format, dir, { ...keyed(group, []), samples: values })
        return
      }
    }
    const samples: RecordValue[] = []
    const others: string[] = []
    for (const name of names.slice(0, limits.sniffedPerFolder)) {
      const found = await sniff(dir, name, format)
      if (found?.kind === 'record' && !hasRows) samples.push(found.value)
      else if (found?.kind === 'list' || found?.kind === 'dictionary') addRows(dir, name, format, found)
      else if (found?.kind === 'broken') warn(joinPath(dir, name), `The file cannot be read: ${found.why}.`)
      if (found !== undefined && found.kind !== 'record' && found.kind !== 'broken') others.push(name)
    }
    if (names.length > limits.sniffedPerFolder && hasRows) isCut = true
    if (samples.length > 0) add(idForPath(dir), format, dir, { ...keyed(group, others), samples })
  }

  /** Whether each folder in this one holds a record under the same file name: then they are its collection. */
  const addFolderPerRecord = async ({ dir, dirs }: DataFolder): Promise<boolean> => {
    if (dirs.length < 3) return false
    const inside = await Promise.all(spread(dirs).map((name) => listDataFolder(tree, joinPath(dir, name))))
    const [first, ...rest] = inside
    for (const { names, format } of first?.groups ?? []) {
      const name = names.find((file) =>
        rest.every((other) => other?.groups.some((group) => group.names.includes(file))),
      )
      if (name === undefined) continue
      const found = await Promise.all(inside.map((folder) => sniff(folder?.dir ?? '', name, format)))
      const values = found.map((file) => (file?.kind === 'record' ? file.value : undefined))
      if (!values.every((value) => value !== undefined) || !areAlike(values)) continue
      add(idForPath(dir), format, dir, { name: `{key}/${name}`, type: singleRecord, samples: values })
      return true
    }
    return false
  }

  const queue = ['']
  for (let at = 0; at < queue.length; at++) {
    const dir = queue[at] as string // below the length
    if (at >= limits.folders) {
      isCut = true
      break
    }
    const folder = await listDataFolder(tree, dir)
    if (folder === undefined) continue
    for (const group of folder.groups) await addGroup(group)
    if ((await addFolderPerRecord(folder)) || dir.split('/').length >= maxDepth) continue
    for (const name of folder.dirs) queue.push(joinPath(dir, name))
  }
  if (isCut)
    warn('', 'The repository has more files than are looked at without definitions; some are not listed.')
  return { settings: { languages: [] }, collections, issues, inferred: true }
}

type SniffedRows = Extract<Sniffed, { readonly kind: 'list' | 'dictionary' }>

/** What a collection is made of. */
interface Found {
  readonly name: string
  readonly type: string
  readonly samples: readonly RecordValue[]
  readonly header?: readonly string[]
  readonly excludeRegex?: string
}

/** Up to three of a list: the first, the last and one between. */
function spread(names: readonly string[]): readonly string[] {
  return [...new Set([0, names.length >> 1, names.length - 1])].map((index) => names[index] as string) // within the list
}

/** A file's value as one record, also where it could be a dictionary. */
function valueOf(found: Sniffed | undefined): RecordValue | undefined {
  return found?.kind === 'record' || found?.kind === 'dictionary' ? found.value : undefined
}

/** Files of one record each; what else ends alike is excluded by name. */
function keyed({ extension, ignored }: FileGroup, others: readonly string[]): Omit<Found, 'samples'> {
  const names = [...ignored, ...others].map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  const pattern = `^(?:${names.join('|')})$`
  const excludes = names.length > 0 && compileLinearPattern(pattern).ok
  return {
    name: `{key}.${extension}`,
    type: singleRecord,
    ...(excludes ? { excludeRegex: pattern } : {}),
  }
}
