import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import { type JsonNode, parseJsonTree } from './json-tree.ts'
import { formatJson, type JsonLayout } from './json-text.ts'
import { formatNumberLike } from '../number-text.ts'
import { equalValues, type ValueEdit } from '../record-diff.ts'
import { editRefused, insertionNeighbour } from '../record-text.ts'
import type { ValuePath } from '../record-value.ts'
import { applySplices, type Splice } from '../text-splice.ts'

/**
 * Applies edits to JSON text by splicing, so that everything else keeps its bytes. A text that is one row of a file
 * begins with the white space of the row's line, and gets the file's layout.
 */
export function editJsonText(
  text: string,
  edits: readonly ValueEdit[],
  value: RecordValue,
  columnsOrder: readonly string[],
  layout: JsonLayout = detectJsonLayout(text),
): string {
  // Positions of `set` are never moved by the other edits (see `diffValues`), so one parse serves them all.
  const sets = edits.filter((edit) => edit.kind === 'set')
  let result = sets.length === 0 ? text : applySets(text, sets, layout)
  for (const edit of edits) {
    if (edit.kind === 'add')
      result = applyAdd(result, edit, layout, edit.path.length === 1 ? columnsOrder : [])
    else if (edit.kind === 'remove') result = applyRemove(result, edit.path)
  }
  if (equalValues(JSON.parse(result), value)) return result
  if (hasDuplicateKeys(treeOf(text))) throw editRefused('it names a field twice')
  const indent = lineIndent(text, treeOf(text).offset)
  const anew = text.includes('\n') ? formatJson(value, layout, indent, columnsOrder) : JSON.stringify(value)
  return indent + anew + (text.endsWith('\n') ? layout.eol : '')
}

function applySets(
  text: string,
  edits: readonly (ValueEdit & { kind: 'set' })[],
  layout: JsonLayout,
): string {
  const tree = treeOf(text)
  const splices = edits.map(({ path, value }): Splice => {
    const node = nodeAt(tree, path)
    return { start: node.offset, end: node.end, text: render(value, text, node, layout) }
  })
  return applySplices(text, splices) ?? text // overlaps: the result is compared
}

function applyAdd(
  text: string,
  { path, value }: ValueEdit & { kind: 'add' },
  layout: JsonLayout,
  order: readonly string[],
): string {
  const parent = nodeAt(treeOf(text), path.slice(0, -1))
  const children = parent.children
  const name = path.at(-1) as string | number // diff paths of `add` name a field or position
  const first = children[0]
  if (first === undefined) {
    const whole = (typeof name === 'number' ? [value] : Object.fromEntries([[name, value]])) as Json
    return splice(text, parent.offset, parent.end, render(whole, text, parent, layout))
  }
  const inline = !isMultiLine(text, parent)
  const pair = firstPair(children)
  const colon = pair === undefined ? ': ' : text.slice(pair.key.end, pair.value.offset)
  const body = inline ? JSON.stringify(value) : formatJson(value, layout, lineIndent(text, first.offset))
  const second = children[1]
  const gap = inline
    ? second === undefined
      ? colon.endsWith(' ') || typeof name === 'number'
        ? ', '
        : ','
      : text.slice(first.end, second.offset)
    : `,${layout.eol}${lineIndent(text, first.offset)}`
  if (typeof name === 'number') {
    const before = name === 0 ? undefined : children[name - 1]
    return before === undefined
      ? splice(text, first.offset, first.offset, body + gap)
      : splice(text, before.end, before.end, gap + body)
  }
  const present = children.map(({ name }) => name)
  const neighbour = insertionNeighbour(name, present, order)
  const after = children[present.lastIndexOf(neighbour ?? '')] ?? (children.at(-1) as JsonNode) // not empty: `first`
  return splice(text, after.end, after.end, gap + JSON.stringify(name) + colon + body)
}

function applyRemove(text: string, path: ValuePath): string {
  const parent = nodeAt(treeOf(text), path.slice(0, -1))
  const children = parent.children
  const name = path.at(-1)
  const index = typeof name === 'number' ? name : children.findLastIndex((child) => child.name === name)
  const node = children[index]
  if (node === undefined) throw editRefused(`"${path.join('.')}" is not where it should be`)
  const previous = children[index - 1]
  if (previous !== undefined) return splice(text, previous.end, node.end, '')
  const next = children[index + 1]
  if (next !== undefined) return splice(text, node.offset, next.offset, '')
  return splice(text, parent.offset, parent.end, parent.type === 'array' ? '[]' : '{}')
}

/** A value as text in the place of `node`: over several lines unless all its surroundings are on one. */
function render(value: Json, text: string, node: JsonNode, layout: JsonLayout): string {
  if (typeof value === 'number') return formatNumberLike(value, text.slice(node.offset, node.end))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const holder = node.parent?.type === 'property' ? node.parent.parent : node.parent
  if (holder !== undefined && !isMultiLine(text, holder)) return JSON.stringify(value)
  return formatJson(value, layout, lineIndent(text, node.offset))
}

/** @throws EspalierError `format/edit-refused` */
function treeOf(text: string): JsonNode {
  const tree = parseJsonTree(text)
  if (tree === undefined) throw editRefused('it cannot be parsed in place')
  return tree
}

function nodeAt(tree: JsonNode, path: ValuePath): JsonNode {
  let node: JsonNode | undefined = tree
  for (const step of path) {
    node =
      typeof step === 'number'
        ? node?.children[step]
        : // The last of several equal names is the one that counts (ECMA-404 readers).
          node?.children.findLast(({ name }) => name === step)?.children[1]
  }
  if (node === undefined) throw editRefused(`"${path.join('.')}" is not where it should be`)
  return node
}

/** Where the value at a path stands in JSON text; its nearest parent when it is not there. */
export function locateJson(text: string, path: ValuePath): number {
  let node = parseJsonTree(text)
  for (const step of path) {
    const next: JsonNode | undefined =
      typeof step === 'number'
        ? node?.type === 'array'
          ? node.children[step]
          : undefined
        : node?.type === 'object'
          ? node.children.findLast(({ name }) => name === step)?.children[1]
          : undefined
    if (next === undefined) break
    node = next
  }
  return node?.offset ?? 0
}

function firstPair(
  children: readonly JsonNode[],
): { readonly key: JsonNode; readonly value: JsonNode } | undefined {
  const [key, value] = children[0]?.type === 'property' ? children[0].children : []
  return key === undefined || value === undefined ? undefined : { key, value }
}

function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

function isMultiLine(text: string, holder: JsonNode): boolean {
  const first = holder.children[0]
  return first !== undefined && text.slice(holder.offset, first.offset).includes('\n')
}

/** The white space at the start of the line that holds `offset`. */
export function lineIndent(text: string, offset: number): string {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? ''
}

/** The layout of a file, from its first indented line and its line ends. */
export function detectJsonLayout(text: string): JsonLayout {
  return {
    unit: /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ',
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
}

function hasDuplicateKeys(node: JsonNode): boolean {
  const children = node.children
  if (node.type === 'object' && new Set(children.map(({ name }) => name)).size < children.length) return true
  return children.some(hasDuplicateKeys)
}
