import { isCollection, isMap, isNode, isScalar, isSeq, visit } from 'yaml'
import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import { rowOrder } from '../json/json-rows.ts'
import type { ValueEdit } from '../record-diff.ts'
import { badRecord, createPositions, editRefused, maxRecordBytes } from '../record-text.ts'
import { isJsonMap } from '../record-value.ts'
import {
  attempt,
  type NewRow,
  notRows,
  type RowChanges,
  type RowsSyntax,
  type RowsText,
} from '../rows-codec.ts'
import type { Splice } from '../text-splice.ts'
import { openYaml, yamlValueOf } from './yaml-document.ts'
import { detectYamlIndent, editYaml } from './yaml-edit.ts'
import { formatYamlAfterColon, formatYamlAfterDash, formatYamlFlow, formatYamlKey } from './yaml-emit.ts'
import { parseFlatYaml, readPlain } from './yaml-fast.ts'
import { locateYaml } from './yaml-locate.ts'
import { pairName } from './yaml-splice.ts'
import { contentEnd, leadingStart, nameEnd, splitYaml } from './yaml-split.ts'

interface YamlRows extends RowsText {
  /** Where each row's lines begin; absent when the text is only understood as a whole. */
  readonly starts?: readonly number[]
}

/** Indentation of new files (format facts §8.1). */
const newFileIndent = 4
/** Each alias that stands alone costs a walk over the document. */
const maxAliases = 1000

/** Rows in a YAML list, or in a map by key. */
export function createYamlRows(named: boolean, columnsOrder: readonly string[]): RowsSyntax<YamlRows> {
  const order = rowOrder(columnsOrder)
  const none = named ? '{}\n' : '[]\n'
  const format = ({ key, row }: NewRow, step: number, flow = false): string => {
    const inline = flow && Object.keys(row).length > 0
    if (!named) return `- ${inline ? `${formatYamlFlow(row)}\n` : formatYamlAfterDash(row, 2, step, order)}`
    return `${formatYamlKey(key)}:${inline ? ` ${formatYamlFlow(row)}\n` : formatYamlAfterColon(row, 0, step, order)}`
  }
  const create = (rows: readonly NewRow[], step = newFileIndent): string =>
    rows.length === 0 ? none : rows.map((row) => format(row, step)).join('')

  return {
    parse(text) {
      const starts = splitYaml(text, named)
      const split = starts === undefined ? undefined : readParts(text, starts, named)
      return split ?? readWhole(text, named)
    },

    offsetOf({ text, names, starts }, index, path) {
      const [start, part, step] =
        starts === undefined
          ? [0, text, named ? (names?.[index] ?? '') : index]
          : [starts[index] as number, partOf(text, starts, index), named ? (names?.[index] ?? '') : 0]
      const inside = locateYaml(part, [step, ...path])
      return start + inside
    },

    edit(file, changes) {
      return file.starts === undefined ? editWhole(file, changes) : editParts(file, file.starts, changes)
    },

    create: (rows) => create(rows),
  }

  function editParts(file: YamlRows, starts: readonly number[], changes: RowChanges): readonly Splice[] {
    const { text, names = [] } = file
    const { changed, removed, added } = changes
    const eol = text.includes('\r\n') ? '\r\n' : '\n'
    const splices: Splice[] = []
    const indent = stepOf(text)
    for (const [index, { edits, row }] of changed) {
      const start = starts[index] as number // indexes are rows'
      const part = partOf(text, starts, index)
      const name = names[index] ?? ''
      const step = named ? name : 0
      const result = editYaml({
        text: part,
        edits: edits.map((edit) => ({ ...edit, path: [step, ...edit.path] })),
        value: (named ? Object.fromEntries([[name, row]]) : [row]) as Json,
        columnsOrder,
        depth: 1,
        step: indent,
        anew: () => format({ key: name, row }, indent),
      })
      splices.push({ start, end: start + part.length, text: result })
    }
    const ends = starts.map((start, i) => contentEnd(text, start, starts[i + 1] ?? text.length))
    const last = ends.length - 1
    // Ranges of rows may share the blank lines between them.
    let done = 0
    for (const index of [...removed].sort((a, b) => a - b)) {
      const from = ends[index - 1] ?? 0
      const { comment, blank } = leadingStart(text, starts[index] as number, from)
      let end = ends[index] as number
      if (blank === 0) while (/^ *\r?\n/.test(text.slice(end))) end = text.indexOf('\n', end) + 1
      const keeps = index > 0 && end === text.length && blank === comment
      splices.push({ start: Math.max(done, keeps ? comment : blank), end, text: '' })
      done = end
    }
    const empty = removed.size === starts.length
    if (added.length === 0 && !empty) return splices
    const at = ends[last] ?? text.length
    const glue = at > 0 && text.charAt(at - 1) !== '\n' && !removed.has(last) ? eol : ''
    const spaced = last > 0 && /\n *\r?\n *$/.test(text.slice((ends[last - 1] as number) - 2, starts[last]))
    const flow = last >= 0 && /^(?:-|[^#]*?:) +\{ *[^ }]/.test(partOf(text, starts, last))
    const rows = added.map((row) => (spaced && !empty ? '\n' : '') + format(row, indent, flow)).join('')
    splices.push({ start: at, end: at, text: glue + (rows === '' ? none : rows).replaceAll('\n', eol) })
    return splices
  }

  /** One edit of the whole text, for what cannot be taken apart. */
  function editWhole({ text, names = [], values }: YamlRows, changes: RowChanges): readonly Splice[] {
    const { changed, removed, added } = changes
    if (values.some((value) => !isJsonMap(value))) throw editRefused('it holds rows that cannot be read')
    const kept = values.flatMap((value, index) => {
      if (removed.has(index)) return []
      return [{ key: names[index] ?? '', row: changed.get(index)?.row ?? (value as RecordValue) }]
    })
    const rows = [...kept, ...added]
    const stepOfRow = (index: number): string | number => names[index] ?? index
    const edits: ValueEdit[] = [
      ...[...changed].flatMap(([index, change]) =>
        change.edits.map((edit) => ({ ...edit, path: [stepOfRow(index), ...edit.path] })),
      ),
      ...[...removed]
        .sort((a, b) => b - a)
        .map((index) => ({ kind: 'remove' as const, path: [stepOfRow(index)] })),
      ...added.map(({ key, row }, i) => ({
        kind: 'add' as const,
        path: [named ? key : kept.length + i],
        value: row,
      })),
    ]
    const value = named
      ? Object.fromEntries(rows.map(({ key, row }) => [key, row]))
      : rows.map(({ row }) => row)
    if (values.length === 0 && rows.length > 0) {
      // `[]` or nothing yet.
      const node = openYaml(text).document.contents
      const [start, end] =
        isNode(node) && isCollection(node) ? (node.range ?? [0, 0]) : [text.length, text.length]
      const glue = start === end && text !== '' && !text.endsWith('\n') ? '\n' : ''
      const body = create(rows, stepOf(text))
      const eol = text.includes('\r\n') ? '\r\n' : '\n'
      return [{ start, end, text: (glue + (start === end ? body : body.slice(0, -1))).replaceAll('\n', eol) }]
    }
    const result = editYaml({
      text,
      edits,
      value: value as Json,
      columnsOrder,
      depth: 1,
      step: stepOf(text),
      anew: (step) => create(rows, step),
    })
    return [{ start: 0, end: text.length, text: result }]
  }

  /** One level of indentation inside the rows. */
  function stepOf(text: string): number {
    if (named) return detectYamlIndent(text)
    const nested = /^ {2}[^\s#-][^\r\n]*:\r?\n( {3,10})[^\s#]/m.exec(text)?.[1]
    return nested === undefined ? newFileIndent : nested.length - 2
  }
}

function partOf(text: string, starts: readonly number[], index: number): string {
  return text.slice(starts[index], starts[index + 1] ?? text.length)
}

/** Reads part by part; undefined when a part is only understood with the others. */
function readParts(text: string, starts: readonly number[], named: boolean): YamlRows | undefined {
  if (starts.length === 0) return undefined
  const values: unknown[] = []
  const names: string[] = []
  const positions = createPositions(text)
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i] as number // inside the list
    const end = starts[i + 1] ?? text.length
    const fast = named ? readEntry(text, start, end) : readItem(text, start, end)
    if (fast !== undefined) {
      values.push(fast.value)
      if (named) names.push(fast.name)
      continue
    }
    const part = text.slice(start, end)
    // Only these can reach over the part's end, or refer to another one.
    const alone = !/[*"'[{]/.test(part)
    const opened = attempt(() => openYaml(part, positions(start).line))
    if (opened instanceof EspalierError) {
      if (alone) throw opened
      return undefined
    }
    const contents = opened.document.contents
    if (!isNode(contents) || !isCollection(contents) || contents.items.length !== 1) return undefined
    const pair = named && isMap(contents) ? contents.items[0] : undefined
    const node: unknown = isSeq(contents) && !named ? contents.items[0] : pair?.value
    if (pair !== undefined && !isScalar(pair.key)) return undefined
    const value = isNode(node) ? attempt(() => yamlValueOf(opened, node)) : null
    if (value instanceof EspalierError && !alone && part.includes('*')) return undefined
    values.push(value)
    if (pair !== undefined) names.push(pairName(pair))
    else if (named) return undefined
  }
  return named ? { text, values, names, starts } : { text, values, starts }
}

interface FastRow {
  readonly name: string
  readonly value: unknown
}

function readItem(text: string, start: number, end: number): FastRow | undefined {
  const value = parseFlatYaml(text.slice(start, end), 'item')
  return value && { name: '', value }
}

const restOfLine = /: *(?:#[^\r\n]*)?(?:\r?\n|$)/y

function readEntry(text: string, start: number, end: number): FastRow | undefined {
  const colon = nameEnd(text, start) as number // there is one: the split looked
  restOfLine.lastIndex = colon
  if (!restOfLine.test(text)) return undefined
  const source = text.slice(start, colon)
  const name = readName(source.trimEnd())
  const value =
    name === undefined ? undefined : parseFlatYaml(text.slice(restOfLine.lastIndex, end), 'inside')
  return name === undefined || value === undefined ? undefined : { name, value }
}

/** A dictionary's name as text; undefined for what the full parser has to say. */
function readName(source: string): string | undefined {
  if (source.startsWith('"')) return JSON.parse(source) as string
  if (source.startsWith("'")) return source.slice(1, -1).replaceAll("''", "'")
  const value = readPlain(source, source.charCodeAt(0))
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function readWhole(text: string, named: boolean): YamlRows {
  if (text.length > maxRecordBytes) {
    throw badRecord(`it uses YAML that is read only in files of up to ${maxRecordBytes} bytes`)
  }
  const opened = openYaml(text)
  if (opened.further !== undefined) throw badRecord('it holds several documents', opened.further)
  const { contents } = opened.document
  const values: unknown[] = []
  const names: string[] = []
  if (contents === null || (isScalar(contents) && contents.value === null)) return { text, values, names }
  let aliases = 0
  visit(opened.document, { Alias: () => void aliases++ })
  if (aliases > maxAliases) throw badRecord(`it uses more than ${maxAliases} aliases`)
  const read = (node: unknown): unknown => (isNode(node) ? attempt(() => yamlValueOf(opened, node)) : null)
  if (named && isMap(contents)) {
    for (const pair of contents.items) {
      if (!isScalar(pair.key)) throw badRecord('it has a key that is not text')
      names.push(pairName(pair))
      values.push(read(pair.value))
    }
    return { text, values, names }
  }
  if (named || !isSeq(contents)) {
    throw notRows(named ? 'a YAML map with the records by key' : 'a YAML list of maps')
  }
  return { text, values: contents.items.map(read) }
}
