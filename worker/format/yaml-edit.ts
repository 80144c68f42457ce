import { visit } from 'yaml'
import type { RecordValue } from '../../src/protocol/records.ts'
import { equalValues, type ValueEdit } from './record-diff.ts'
import { editRefused } from './record-text.ts'
import { type ParsedYaml, parseYamlDocument, type YamlDocument } from './yaml-document.ts'
import { formatYamlBlock } from './yaml-emit.ts'
import { parseFlatYaml } from './yaml-fast.ts'
import { editFlatYaml } from './yaml-flat-edit.ts'
import {
  cannotSplice,
  type Splice,
  spliceAdd,
  spliceRemove,
  spliceSet,
  type YamlSource,
} from './yaml-splice.ts'

const defaultIndent = 4

/**
 * Applies edits to YAML text. First by splicing (everything else keeps its bytes), then through the document
 * (comments stay), at last by writing the record anew; each result is parsed and compared.
 */
export function editYamlText(
  text: string,
  edits: readonly ValueEdit[],
  value: RecordValue,
  columnsOrder: readonly string[],
): string {
  const flat = editFlatYaml(text, edits, value)
  if (flat !== undefined) return flat
  const parsed = parseYamlDocument(text)
  const spliced = attempt(() => spliceAll(text, parsed, edits, columnsOrder))
  if (spliced !== undefined && holds(spliced, value)) return spliced
  const fragile = fragileFeature(parsed.document)
  if (fragile !== undefined) throw editRefused(`it uses ${fragile} where the edit is`)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const finish = (result: string): string => {
    const body = result.replace(/\n$/, '') + (text.endsWith('\n') ? '\n' : '')
    return eol === '\n' ? body : body.replaceAll('\n', eol)
  }
  const step = detectIndent(text)
  const rewritten = attempt(() => finish(editDocument(parsed.document, edits, step)))
  if (rewritten !== undefined && holds(rewritten, value)) return rewritten
  const anew = Object.keys(value).length === 0 ? '{}\n' : formatYamlBlock(value, 0, step, columnsOrder)
  const result = finish(anew)
  return holds(result, value) ? result : anew
}

function spliceAll(
  text: string,
  parsed: ParsedYaml,
  edits: readonly ValueEdit[],
  columnsOrder: readonly string[],
): string {
  const step = detectIndent(text)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const source: YamlSource = { text, document: parsed.document, step }
  // Positions of `set` are never moved by the other edits (see `diffValues`), so one parse serves them all.
  const sets = edits.filter((edit) => edit.kind === 'set')
  let result = applySplices(
    text,
    sets.map((edit) => spliceSet(source, edit.path, edit.value)),
    eol,
  )
  let changed = sets.length > 0
  for (const edit of edits) {
    if (edit.kind === 'set') continue
    const now: YamlSource = changed
      ? { text: result, document: parseYamlDocument(result).document, step }
      : source
    const order = edit.path.length === 1 ? columnsOrder : []
    const splice =
      edit.kind === 'add' ? spliceAdd(now, edit.path, edit.value, order) : spliceRemove(now, edit.path)
    result = applySplices(result, [splice], eol)
    changed = true
  }
  return result
}

function applySplices(text: string, splices: readonly Splice[], eol: string): string {
  let result = ''
  let at = 0
  for (const { start, end, text: replacement } of [...splices].sort((a, b) => a.start - b.start)) {
    if (start < at) return cannotSplice()
    result += text.slice(at, start) + (eol === '\n' ? replacement : replacement.replaceAll('\n', eol))
    at = end
  }
  return result + text.slice(at)
}

function editDocument(document: YamlDocument, edits: readonly ValueEdit[], step: number): string {
  for (const edit of edits) {
    if (edit.kind === 'remove') {
      document.deleteIn(edit.path)
      continue
    }
    const position = edit.path.at(-1)
    const parent = edit.path.slice(0, -1)
    const list: unknown = document.getIn(parent, true)
    if (edit.kind === 'add' && typeof position === 'number' && isItems(list)) {
      list.items.splice(position, 0, document.createNode(edit.value))
    } else {
      document.setIn(edit.path, document.createNode(edit.value))
    }
  }
  return document.toString({ lineWidth: 0, indent: step })
}

function isItems(node: unknown): node is { items: unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)
}

/** Runs a way of editing; undefined when it does not work for this file. A refusal is final. */
function attempt(edit: () => string): string | undefined {
  try {
    return edit()
  } catch {
    return undefined
  }
}

function holds(text: string, value: RecordValue): boolean {
  return (
    attempt(() =>
      equalValues(parseFlatYaml(text) ?? parseYamlDocument(text).value, value) ? text : cannotSplice(),
    ) !== undefined
  )
}

/** What a rewrite would lose or change elsewhere. */
function fragileFeature(document: YamlDocument): string | undefined {
  let found: string | undefined
  visit(document, {
    Alias() {
      found = 'aliases'
    },
    Node(_key, node) {
      if ('anchor' in node && node.anchor !== undefined) found = 'anchors'
      else if (node.tag !== undefined) found ??= 'tags'
    },
    Pair(_key, { key }) {
      if (typeof key === 'object' && key !== null && 'value' in key && key.value === '<<')
        found ??= 'merge keys'
    },
  })
  return found
}

/** One level of indentation, from the first line that has any. */
function detectIndent(text: string): number {
  const first = /^( {1,8})[^\s#]/m.exec(text)?.[1]
  return first === undefined ? defaultIndent : Math.max(2, first.length)
}
