import { visit } from 'yaml'
import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import { equalValues, type ValueEdit } from '../record-diff.ts'
import { editRefused } from '../record-text.ts'
import { applySplices, type Splice } from '../text-splice.ts'
import { openYaml, type YamlDocument, yamlValueOf } from './yaml-document.ts'
import { formatYamlBlock } from './yaml-emit.ts'
import { parseFlatYaml } from './yaml-fast.ts'
import { editFlatYaml } from './yaml-flat-edit.ts'
import { cannotSplice, spliceAdd, spliceRemove, spliceSet, type YamlSource } from './yaml-splice.ts'

const defaultIndent = 4

/** A text that is to be edited, and what it is to say then. */
export interface YamlEdit {
  readonly text: string
  readonly edits: readonly ValueEdit[]
  readonly value: Json
  readonly columnsOrder: readonly string[]
  /** How deep in the text records lie: 0 is the text itself, 1 a row of it. */
  readonly depth: 0 | 1
  /** One level of indentation; detected unless given. */
  readonly step?: number
  /** The text written anew. */
  readonly anew: (step: number) => string
}

/** {@link editYaml} for a text of one record. */
export function editYamlText(
  text: string,
  edits: readonly ValueEdit[],
  value: RecordValue,
  columnsOrder: readonly string[],
): string {
  const anew = (step: number): string =>
    Object.keys(value).length === 0 ? '{}\n' : formatYamlBlock(value, 0, step, columnsOrder)
  return editFlatYaml(text, edits, value) ?? editYaml({ text, edits, value, columnsOrder, depth: 0, anew })
}

/**
 * Applies edits to YAML text. First by splicing (everything else keeps its bytes), then by writing the fields
 * that differ anew, at last all of it; each result is parsed and compared.
 */
export function editYaml(wanted: YamlEdit): string {
  const { text, value, step = detectYamlIndent(text) } = wanted
  const { document, further } = openYaml(text)
  const spliced = attempt(() => spliceAll(wanted, document, step))
  if (spliced !== undefined && holds(spliced, value)) return spliced
  const fragile = further === undefined ? fragileFeature(document) : 'several documents'
  if (fragile !== undefined) throw editRefused(`it uses ${fragile} where the edit is`)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const finish = (result: string): string => {
    const body = result.replace(/\n$/, '') + (text.endsWith('\n') ? '\n' : '')
    return eol === '\n' ? body : body.replaceAll('\n', eol)
  }
  const rewritten = attempt(() => spliceAll({ ...wanted, edits: wholeFields(wanted) }, document, step))
  if (rewritten !== undefined && holds(rewritten, value)) return rewritten
  const anew = wanted.anew(step)
  const result = finish(anew)
  return holds(result, value) ? result : anew
}

function spliceAll(
  { text, edits, columnsOrder, depth }: YamlEdit,
  document: YamlDocument,
  step: number,
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const source: YamlSource = { text, document, step }
  // Positions of `set` are never moved by the other edits (see `diffValues`), so one parse serves them all.
  const sets = edits.filter((edit) => edit.kind === 'set')
  let result = spliceLines(
    text,
    sets.map((edit) => spliceSet(source, edit.path, edit.value)),
    eol,
  )
  let changed = sets.length > 0
  for (const edit of edits) {
    if (edit.kind === 'set') continue
    const now: YamlSource = changed ? { text: result, document: openYaml(result).document, step } : source
    const order = edit.path.length === depth + 1 ? columnsOrder : []
    const splice =
      edit.kind === 'add' ? spliceAdd(now, edit.path, edit.value, order) : spliceRemove(now, edit.path)
    result = spliceLines(result, [splice], eol)
    changed = true
  }
  return result
}

function spliceLines(text: string, splices: readonly Splice[], eol: string): string {
  const inFile = splices.map((splice) => ({ ...splice, text: splice.text.replaceAll('\n', eol) }))
  return applySplices(text, inFile) ?? cannotSplice()
}

/** The same edits as whole fields: what cannot be done inside a field's lines is done by writing these anew. */
function wholeFields({ edits, value, depth }: YamlEdit): readonly ValueEdit[] {
  const fields = new Map<string, ValueEdit>()
  for (const edit of edits) {
    const path = edit.path.slice(0, depth + 1)
    const isWhole = edit.path.length === path.length
    const after = path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], value) // edits lead to this value
    fields.set(
      JSON.stringify(edit.path.slice(0, depth + 1)),
      isWhole ? edit : { kind: 'set', path, value: after as Json },
    )
  }
  return [...fields.values()]
}

/** Runs a way of editing; undefined when it does not work for this file. A refusal is final. */
function attempt(edit: () => string): string | undefined {
  try {
    return edit()
  } catch {
    return undefined
  }
}

function holds(text: string, value: Json): boolean {
  const read = (): unknown => {
    const opened = openYaml(text)
    return yamlValueOf(opened, opened.document)
  }
  return (
    attempt(() => (equalValues(parseFlatYaml(text) ?? read(), value) ? text : cannotSplice())) !== undefined
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
export function detectYamlIndent(text: string): number {
  const first = /^( {1,8})[^\s#]/m.exec(text)?.[1]
  return first === undefined ? defaultIndent : Math.max(2, first.length)
}
