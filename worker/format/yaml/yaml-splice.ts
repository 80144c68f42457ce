import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Json } from '../../../src/protocol/records.ts'
import { insertionNeighbour } from '../record-text.ts'
import { isJsonMap, type ValuePath } from '../record-value.ts'
import type { Splice } from '../text-splice.ts'
import type { YamlDocument } from './yaml-document.ts'
import {
  formatYamlAfterColon,
  formatYamlAfterDash,
  formatYamlBlock,
  formatYamlFlow,
  formatYamlKey,
  isBlockCollection,
} from './yaml-emit.ts'
import { formatYamlScalarLike } from './yaml-scalar-style.ts'

/** A parsed text that is to be edited. `step` is one level of its indentation. */
export interface YamlSource {
  readonly text: string
  readonly document: YamlDocument
  readonly step: number
}

/** Gives up on splicing; the caller has other ways. */
export function cannotSplice(): never {
  throw new Error('not spliceable')
}

/** Replaces the value at a path. */
export function spliceSet(source: YamlSource, path: ValuePath, value: Json): Splice {
  const { text, step } = source
  const { node, pair, flow } = locate(source, path)
  const [start, end] = rangeOf(node)
  if ('anchor' in node && node.anchor !== undefined) return cannotSplice()
  if (flow) return { start, end, text: formatYamlFlow(value) }
  const inline = !isBlockCollection(value)
  if (isScalar(node) && inline && node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED') {
    const written =
      Array.isArray(value) || isJsonMap(value)
        ? formatYamlFlow(value)
        : formatYamlScalarLike(value, text.slice(start, end))
    const glued = start === end && /[:-]/.test(text.charAt(start - 1))
    return { start, end, text: glued ? ` ${written}` : written }
  }
  if (isCollection(node) && node.flow === true && node.items.length > 0 && !inline) {
    return { start, end, text: formatYamlFlow(value) }
  }
  const stop = trimEnd(text, start, end)
  if (pair === undefined) {
    const body = formatYamlAfterDash(value, columnOf(text, start), step)
    return { start, end: stop, text: body.slice(0, -1) }
  }
  const key = keyNode(pair)
  const colon = colonAfter(text, key)
  const body = formatYamlAfterColon(value, columnOf(text, rangeOf(key)[0]), step)
  return { start: colon + 1, end: Math.max(stop, colon + 1), text: body.slice(0, -1) }
}

/** Adds a field or list item. */
export function spliceAdd(
  source: YamlSource,
  path: ValuePath,
  value: Json,
  order: readonly string[],
): Splice {
  const { text, step } = source
  const holderPath = path.slice(0, -1)
  const { node: holder, flow } = locate(source, holderPath)
  const name = path.at(-1)
  if (isMap(holder) && typeof name === 'string') {
    if (flow || holder.flow === true) {
      const grown = Object.fromEntries([
        ...Object.entries(toJson(source, holder) as object),
        [name, value],
      ]) as Json
      return replaceCollection(source, holderPath, holder, grown)
    }
    const present = holder.items.map(pairName)
    const neighbour = insertionNeighbour(name, present, order)
    const after = holder.items[present.lastIndexOf(neighbour ?? '')] ?? cannotSplice()
    const column = columnOf(text, rangeOf(keyNode(after))[0])
    const lines = `${' '.repeat(column)}${formatYamlKey(name)}:${formatYamlAfterColon(value, column, step)}`
    return insertLinesAfter(text, pairEnd(text, after), lines)
  }
  if (isSeq(holder) && typeof name === 'number') {
    if (flow || holder.flow === true) {
      const grown = [...(toJson(source, holder) as readonly Json[])]
      grown.splice(name, 0, value)
      return replaceCollection(source, holderPath, holder, grown)
    }
    const first = rangeOf(holder)[0]
    const column = columnOf(text, first)
    const lines = `${' '.repeat(column)}- ${formatYamlAfterDash(value, column + 2, step)}`
    if (name > 0) return insertLinesAfter(text, itemEnd(text, holder, name - 1), lines)
    const start = lineStart(text, first)
    return isBlank(text, start, first) ? { start, end: start, text: lines } : cannotSplice()
  }
  return cannotSplice()
}

/** Removes a field (with the comment lines right above it) or a list item. */
export function spliceRemove(source: YamlSource, path: ValuePath): Splice {
  const { text } = source
  const holderPath = path.slice(0, -1)
  const { node: holder, flow } = locate(source, holderPath)
  const name = path.at(-1)
  if (isMap(holder)) {
    const index = holder.items.findIndex((pair) => pairName(pair) === name)
    const pair = holder.items[index] ?? cannotSplice()
    if (flow || holder.flow === true || holder.items.length === 1) {
      const left = Object.entries(toJson(source, holder) as object).filter(([key]) => key !== name)
      return replaceCollection(source, holderPath, holder, Object.fromEntries(left) as Json)
    }
    const start = rangeOf(keyNode(pair))[0]
    if (isBlank(text, lineStart(text, start), start)) {
      return removeLines(
        text,
        index === 0 ? lineStart(text, start) : withComments(text, start),
        pairEnd(text, pair),
      )
    }
    const next = holder.items[index + 1] ?? cannotSplice()
    return { start, end: rangeOf(keyNode(next))[0], text: '' }
  }
  if (isSeq(holder) && typeof name === 'number') {
    if (flow || holder.flow === true || holder.items.length === 1) {
      const left = (toJson(source, holder) as readonly Json[]).filter((_item, index) => index !== name)
      return replaceCollection(source, holderPath, holder, left)
    }
    const dash = dashOf(text, itemAt(holder, name))
    if (!isBlank(text, lineStart(text, dash), dash)) return cannotSplice()
    return removeLines(text, lineStart(text, dash), itemEnd(text, holder, name))
  }
  return cannotSplice()
}

interface Located {
  readonly node: Node
  /** The pair whose value `node` is. */
  readonly pair?: Pair
  /** Whether a flow collection holds `node`. */
  readonly flow: boolean
}

function locate({ document }: YamlSource, path: ValuePath): Located {
  let located: Located = { node: document.contents ?? cannotSplice(), flow: false }
  for (const step of path) {
    const { node } = located
    if (!isCollection(node)) return cannotSplice()
    const flow = located.flow || node.flow === true
    if (isMap(node)) {
      const pair = node.items.find((item) => pairName(item) === step) ?? cannotSplice()
      located = { node: isNode(pair.value) ? pair.value : cannotSplice(), pair, flow }
    } else {
      located = { node: isSeq(node) ? itemAt(node, Number(step)) : cannotSplice(), flow }
    }
    if (isAlias(located.node)) return cannotSplice()
  }
  return located
}

/** Replaces a whole collection, in flow style when it had that and is not empty, else in blocks. */
function replaceCollection(
  source: YamlSource,
  path: ValuePath,
  holder: YAMLMap | YAMLSeq,
  value: Json,
): Splice {
  const [start, end] = rangeOf(holder)
  if (!isBlockCollection(value) || (holder.flow === true && holder.items.length > 0)) {
    if (path.length > 0) return spliceSet(source, path, value)
    return { start, end: trimEnd(source.text, start, end), text: formatYamlFlow(value) }
  }
  if (path.length > 0) return spliceSet(source, path, value)
  return { start, end, text: formatYamlBlock(value, 0, source.step).slice(0, -1) }
}

function toJson({ document }: YamlSource, node: Node): Json {
  return node.toJS(document) as Json // checked when the file was parsed
}

function rangeOf(node: Node): readonly [start: number, valueEnd: number] {
  return node.range ? [node.range[0], node.range[1]] : cannotSplice()
}

function keyNode(pair: Pair): Node {
  return isScalar(pair.key) ? pair.key : cannotSplice()
}

export function pairName(pair: Pair): string {
  if (!isScalar(pair.key)) return cannotSplice()
  return pair.key.value === null ? '' : String(pair.key.value)
}

function itemAt(list: YAMLSeq, index: number): Node {
  const item = list.items[index]
  return isNode(item) ? item : cannotSplice()
}

function pairEnd(text: string, pair: Pair): number {
  const colon = colonAfter(text, keyNode(pair))
  if (!isNode(pair.value)) return colon + 1
  const [start, end] = rangeOf(pair.value)
  return Math.max(colon + 1, trimEnd(text, start, end))
}

function itemEnd(text: string, list: YAMLSeq, index: number): number {
  const [start, end] = rangeOf(itemAt(list, index))
  return trimEnd(text, start, end)
}

function colonAfter(text: string, key: Node): number {
  const end = rangeOf(key)[1]
  const colon = text.indexOf(':', end)
  return colon !== -1 && isBlank(text, end, colon) ? colon : cannotSplice()
}

function dashOf(text: string, item: Node): number {
  const [start] = rangeOf(item)
  const dash = text.lastIndexOf('-', start - 1)
  return dash !== -1 && /^\s*$/.test(text.slice(dash + 1, start)) ? dash : cannotSplice()
}

function trimEnd(text: string, start: number, end: number): number {
  let at = end
  while (at > start && /\s/.test(text.charAt(at - 1))) at--
  return at
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

function isBlank(text: string, start: number, end: number): boolean {
  return /^ *$/.test(text.slice(start, end))
}

/** The start of the comment lines right above a line, at its indentation. */
function withComments(text: string, offset: number): number {
  let start = lineStart(text, offset)
  const indent = text.slice(start, offset)
  while (start > 0) {
    const above = lineStart(text, start - 1)
    if (!text.startsWith(`${indent}#`, above)) break
    start = above
  }
  return start
}

/** Inserts lines after the line that holds `offset`; a missing final newline stays missing. */
function insertLinesAfter(text: string, offset: number, lines: string): Splice {
  const newline = text.indexOf('\n', offset)
  if (newline !== -1) return { start: newline + 1, end: newline + 1, text: lines }
  return { start: text.length, end: text.length, text: `\n${lines.slice(0, -1)}` }
}

/** Removes whole lines up to the one that holds `offset`; a missing final newline stays missing. */
function removeLines(text: string, start: number, offset: number): Splice {
  const newline = text.indexOf('\n', offset)
  if (newline !== -1) return { start, end: newline + 1, text: '' }
  const before = text.charAt(start - 2) === '\r' ? start - 2 : start - 1
  return { start: Math.max(0, before), end: text.length, text: '' }
}
