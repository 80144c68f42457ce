import { definition } from './layout-database.ts'

/** Records of one collection by key; their fields are texts. */
export type TextRecords = ReadonlyMap<string, Readonly<Record<string, string>>>

/** What a file's text has beside its values: people and programs write the same in many ways. */
export interface FileStyle {
  /** Comments: of the file and of the fields of that name. Only where the format has some. */
  readonly comments: Readonly<Record<string, string>>
  /** The order of columns, where the format has one for all rows; those that are not named are not there. */
  readonly columns: readonly string[]
  /** Records stand in the order of their keys, or backwards. */
  readonly backwards: boolean
  readonly eol: '\n' | '\r\n'
  /** Whether the last line ends. */
  readonly final: boolean
}

/** A collection of one format and layout, and how its files are written by others. */
export interface FormatCase {
  readonly name: string
  readonly definition: string
  /** Whether its files can be written: where not, lines are all that can be merged. */
  readonly readOnly: boolean
  readonly comments: boolean
  /** By path below the collection's folder; null: no such file. `keys`: all that may exist. */
  write(
    records: TextRecords,
    style: FileStyle,
    keys: readonly string[],
  ): Readonly<Record<string, string | null>>
}

const fields = ['a', 'b', 'c']

function single(
  format: string,
  write: (record: Readonly<Record<string, string>>, style: FileStyle) => string,
): FormatCase {
  const extension = format === 'markdown' ? 'md' : format
  return {
    name: `${format} file of each record`,
    definition: definition(`{key}.${extension}`, format, 'single', fields).replace(
      '  type: "map',
      format === 'markdown' ? '  content_field: c\n  type: "map' : '  type: "map',
    ),
    readOnly: format === 'toml',
    comments: format !== 'json',
    write: (records, style, keys) =>
      Object.fromEntries(
        keys.map((key) => {
          const record = records.get(key)
          return [`$records/${key}.${extension}`, record ? shaped(write(record, style), style) : null]
        }),
      ),
  }
}

function shared(
  format: string,
  type: 'list' | 'dictionary',
  write: (
    records: readonly (readonly [string, Readonly<Record<string, string>>])[],
    style: FileStyle,
  ) => string,
  columns: readonly string[] = ['$ID', ...fields],
): FormatCase {
  return {
    name: `${format} ${type}`,
    definition: definition(`all.${format}`, format, type, type === 'list' ? columns : fields),
    readOnly: false,
    comments: format === 'yaml',
    write: (records, style) => {
      const all = [...records].sort(([one], [other]) => (one < other ? -1 : 1))
      return { [`all.${format}`]: shaped(write(style.backwards ? all.toReversed() : all, style), style) }
    },
  }
}

function shaped(text: string, { eol, final }: FileStyle): string {
  const lines = final ? text : text.replace(/\n$/, '')
  return eol === '\n' ? lines : lines.replaceAll('\n', eol)
}

const quoted = (text: string): string => JSON.stringify(text)
const comment = (text: string | undefined): string => (text === undefined ? '' : ` # ${text}`)
const headOf = ({ comments: { file } }: FileStyle): string => (file === undefined ? '' : `# ${file}\n`)

function yamlFields(
  record: Readonly<Record<string, string>>,
  { comments }: FileStyle,
  indent: string,
): string {
  return Object.entries(record)
    .map(([name, text]) => `${indent}${name}: ${quoted(text)}${comment(comments[name])}\n`)
    .join('')
}

function csvCell(text: string | undefined): string {
  if (text === undefined) return ''
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function csvRows(
  records: readonly (readonly [string, Readonly<Record<string, string>>])[],
  { columns }: FileStyle,
): string {
  const rows = records.map(([$ID, record]) =>
    columns.map((name) => (name === '$ID' ? $ID : csvCell(record[name]))),
  )
  return [columns, ...rows].map((cells) => `${cells.join(',')}\n`).join('')
}

/** Every format with every layout that it has. */
export const formatCases: readonly FormatCase[] = [
  single(
    'yaml',
    (record, style) =>
      headOf(style) + (Object.keys(record).length === 0 ? '{}\n' : yamlFields(record, style, '')),
  ),
  single('json', (record) => `${JSON.stringify(record, null, 2)}\n`),
  single(
    'markdown',
    ({ c, ...front }, style) =>
      `---\n${headOf(style)}${yamlFields(front, style, '')}---\n${c === undefined ? '' : `${c}\n`}`,
  ),
  single(
    'toml',
    (record, style) =>
      headOf(style) +
      Object.entries(record)
        .map(([name, text]) => `${name} = ${quoted(text)}${comment(style.comments[name])}\n`)
        .join(''),
  ),
  shared('yaml', 'dictionary', (records, style) =>
    records.length === 0
      ? `${headOf(style)}{}\n`
      : headOf(style) +
        records
          .map(
            ([key, record]) =>
              `${key}:${Object.keys(record).length === 0 ? ' {}' : ''}\n${yamlFields(record, style, '  ')}`,
          )
          .join(''),
  ),
  shared('yaml', 'list', (records, style) =>
    records.length === 0
      ? `${headOf(style)}[]\n`
      : headOf(style) +
        records.map(([key, record]) => `- $ID: ${key}\n${yamlFields(record, style, '  ')}`).join(''),
  ),
  shared('json', 'dictionary', (records) => `${JSON.stringify(Object.fromEntries(records), null, 2)}\n`),
  shared(
    'json',
    'list',
    (records) =>
      `${JSON.stringify(
        records.map(([$ID, record]) => ({ $ID, ...record })),
        null,
        2,
      )}\n`,
  ),
  shared('jsonl', 'list', (records) =>
    records.map(([$ID, record]) => `${JSON.stringify({ $ID, ...record })}\n`).join(''),
  ),
  shared('csv', 'list', csvRows),
  {
    ...shared('csv', 'list', csvRows, ['$ID', 'a', 'b']),
    name: 'csv list with a column that is not declared',
  },
  shared('ingr', 'list', (records, { columns }) =>
    [
      `# INGR.io | all: ${columns.join(', ')}\n`,
      ...records.map(([$ID, record]) =>
        columns
          .map(
            (name) =>
              `${name === '$ID' ? quoted($ID) : record[name] === undefined ? 'null' : quoted(record[name])}\n`,
          )
          .join(''),
      ),
      `# ${records.length} record${records.length === 1 ? '' : 's'}\n`,
    ].join(''),
  ),
]
