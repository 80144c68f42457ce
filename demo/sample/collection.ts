import { Document, isScalar, parseDocument, stringify, visit } from 'yaml'

export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value }
export type Fields = Readonly<Record<string, Value>>

/** One collection of the sample: its definition and its records by key. */
export interface SampleCollection {
  /** Folder from the database's root. */
  readonly path: string
  readonly format: 'json' | 'yaml'
  readonly titles: Readonly<Record<string, string>>
  readonly columns: Readonly<Record<string, Fields>>
  readonly records: ReadonlyMap<string, Fields>
}

/** The repository's files, path to text. */
export type Files = ReadonlyMap<string, string>

/** The definition and one file per record, in the order that an inGitDB writer gives them. */
export function collectionFiles(collection: SampleCollection): Files {
  const { path, format } = collection
  const files = new Map([[`${path}/.collection/definition.yaml`, definitionText(collection)]])
  for (const [key, fields] of collection.records)
    files.set(
      `${path}/$records/${key}.${format}`,
      recordText(format, Object.keys(collection.columns), fields),
    )
  return files
}

function definitionText({ titles, format, columns }: SampleCollection): string {
  return yamlText({
    titles,
    record_file: { name: `{key}.${format}`, format, type: 'map[string]any' },
    columns,
    columns_order: Object.keys(columns),
  })
}

function recordText(format: 'json' | 'yaml', order: readonly string[], fields: Fields): string {
  const ordered: Record<string, Value> = {}
  for (const name of order) {
    const value = fields[name]
    if (value !== undefined && value !== null) ordered[name] = sorted(value)
  }
  return format === 'json' ? `${JSON.stringify(ordered, null, 2)}\n` : yamlText(ordered)
}

/** Indent 4, no folding; quotes as the common writers of the format choose them. */
export function yamlText(value: Value): string {
  const key = JSON.stringify(value)
  const text = texts.get(key) ?? formatYaml(value)
  texts.set(key, text)
  return text
}

/** The stages of the history repeat most records. */
const texts = new Map<string, string>()

function formatYaml(value: Value): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string') node.type = quoting(node.value)
    },
  })
  return document.toString({ indent: 4, lineWidth: 0 })
}

/** Double quotes where a reader would take another type, single ones where the syntax needs some, else none. */
function quoting(text: string): 'QUOTE_DOUBLE' | 'QUOTE_SINGLE' | 'PLAIN' {
  if (isOtherScalar(text, '1.2') || isOtherScalar(text, '1.1')) return 'QUOTE_DOUBLE'
  return /^["']/.test(stringify(text, { lineWidth: 0 })) ? 'QUOTE_SINGLE' : 'PLAIN'
}

function isOtherScalar(text: string, version: '1.1' | '1.2'): boolean {
  const { contents, errors } = parseDocument(text, { version })
  if (errors.length > 0) return false
  return text === '' || (isScalar(contents) && typeof contents.value !== 'string')
}

/** Nested maps are alphabetical, lists keep their order. */
function sorted(value: Value): Value {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const entries = Object.entries(value as Fields)
  // By code point, not by locale: the same bytes on every machine.
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, one]) => [name, sorted(one)]),
  )
}
