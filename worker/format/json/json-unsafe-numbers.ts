import { isScalar, visit as visitYaml } from 'yaml'
import { walkJson } from './json-walk.ts'
import { createPositions, type RecordPosition } from '../record-text.ts'
import type { ValuePath } from '../record-value.ts'
import { openYaml } from '../yaml/yaml-document.ts'
import { pairName } from '../yaml/yaml-splice.ts'
import { splitYaml } from '../yaml/yaml-split.ts'

/** A number whose text says more than a JavaScript number holds. */
export interface UnsafeNumber extends RecordPosition {
  /** The place in the file's value. For JSONL the first step is the row's index among the lines that are not blank. */
  readonly path: ValuePath
  /** The number as the file spells it. */
  readonly text: string
}

/** Tokens that may be unsafe numbers: sixteen digits and more. Text in quotes may look so too. */
const candidate = /(?<=^|[\s:,[{-])[-+]?(?:[\d.]{16,}(?:[eE][-+]?\d+)?|0[xo][\da-fA-F]{14,})(?=$|[\s,\]}])/gm

/**
 * Integers beyond ±(2^53-1) and decimals whose digits a JavaScript number does not keep, in a text (without byte
 * order mark) that parses. Cheap when there are none: one pass of one pattern. Dictionary files have the
 * record's key as the first step, lists the row's index.
 */
export function findUnsafeNumbers(format: 'json' | 'jsonl' | 'yaml', text: string): readonly UnsafeNumber[] {
  const offsets = [...text.matchAll(candidate)].flatMap(({ 0: token, index }) =>
    isUnsafe(token) ? [index] : [],
  )
  if (offsets.length === 0) return []
  const found: UnsafeNumber[] = []
  const positions = createPositions(text)
  const add = (token: string, path: ValuePath, offset: number): void => {
    if (isUnsafe(token)) found.push({ path, text: token, ...positions(offset) })
  }
  const inPart = (start: number, end: number): boolean =>
    offsets.some((offset) => offset >= start && offset < end)
  if (format === 'json') findInJson(text, 0, [], add)
  else if (format === 'jsonl') {
    let row = -1
    for (let start = 0, end = 0; start < text.length; start = end + 1) {
      end = text.indexOf('\n', start)
      if (end === -1) end = text.length
      const line = text.slice(start, end)
      if (line.trim() !== '') row++
      if (inPart(start, end)) findInJson(line, start, [row], add)
    }
  } else {
    const list = splitYaml(text, false)
    const starts = list ?? splitYaml(text, true) ?? [0]
    starts.forEach((start, index) => {
      const end = starts[index + 1] ?? text.length
      if (inPart(start, end)) findInYaml(text.slice(start, end), start, list === undefined ? 0 : index, add)
    })
  }
  return found
}

type Add = (token: string, path: ValuePath, offset: number) => void

function findInJson(text: string, start: number, path: ValuePath, add: Add): void {
  /** Where the walk is: the name or index in each open object or list. */
  const at: (string | number)[] = []
  const next = (): void => {
    const last = at.at(-1)
    if (typeof last === 'number') at[at.length - 1] = last + 1
  }
  walkJson(text, {
    open: (_offset, named) => at.push(named ? '' : 0),
    close() {
      at.pop()
      next()
    },
    name(from, to) {
      at[at.length - 1] = JSON.parse(text.slice(from, to)) as string // text in quotes
    },
    scalar(from, to) {
      const token = text.slice(from, to)
      if (/^[-\d]/.test(token)) add(token, [...path, ...at], start + from)
      next()
    },
  })
}

/** `first` is added to the outermost index of a list. */
function findInYaml(text: string, start: number, first: number, add: Add): void {
  const { document } = openYaml(text)
  visitYaml(document, {
    Scalar(key, node, parents) {
      if (typeof node.value !== 'number' || node.source === undefined || key === 'key') return
      const path: (string | number)[] = []
      let child: unknown = node
      for (const parent of parents.toReversed()) {
        if (typeof parent === 'object' && 'items' in parent) {
          const index = (parent.items as unknown[]).indexOf(child)
          // A pair among the items gives its name, anything else is a list's item.
          const pair = 'key' in (child as object) && !isScalar(child) ? child : undefined
          if (pair === undefined) path.unshift(index)
        } else if ('key' in parent) path.unshift(pairName(parent))
        child = parent
      }
      if (typeof path[0] === 'number') path[0] += first
      add(node.source, path, start + (node.range?.[0] ?? 0))
    },
  })
}

/** Whether reading a number and writing it again gives another number. */
function isUnsafe(token: string): boolean {
  if (/^[-+]?0[xo]/.test(token)) return !Number.isSafeInteger(Number(token.replace(/^[-+]/, '')))
  if (/^[-+]?\d+$/.test(token)) return !Number.isSafeInteger(Number(token))
  const value = Number(token)
  return Number.isFinite(value) && digitsOf(token) !== digitsOf(String(value))
}

/** A decimal's significant digits and power of ten, whatever its spelling. */
function digitsOf(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[-+]/, '').split('.')
  const digits = (whole + fraction).replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  if (kept === '') return '0'
  return `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`
}
