import { parse, TomlDate } from 'smol-toml'
import type { Json } from '../../../src/protocol/records.ts'
import { positionAt, type RecordPosition } from '../record-text.ts'
import { isJsonMap, maxValueDepth, type ValuePath } from '../record-value.ts'

/** Dates and times as TOML 1.0 and 1.1 write them. */
const dateLike =
  /\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[-+]\d\d:\d\d)?)?|\d\d:\d\d(?::\d\d(?:\.\d+)?)?/g

/**
 * The value of a TOML document as JSON data: dates as text, integers beyond 2^53 refused. Throws an Error with `line`
 * and `column` of type number where they are known.
 */
export function readToml(text: string): Json {
  const value: unknown = parse(text, {
    integersAsBigInt: 'asNeeded',
    useLegacyDate: true,
    unsafeKeyBehaviour: 'keep',
    maxDepth: maxValueDepth,
  })
  // The parser gives instants; people wrote a spelling (more digits, a space for the T), which is found again here.
  let spellings: Map<string, string[]> | undefined
  const spell = (date: TomlDate): string => {
    if (spellings === undefined) {
      spellings = new Map()
      for (const [written] of text.matchAll(dateLike)) {
        const read = new TomlDate(written)
        if (!read.isValid()) continue
        const known = spellings.get(read.toISOString())
        if (known === undefined) spellings.set(read.toISOString(), [written])
        else known.push(written)
      }
    }
    const iso = date.toISOString()
    const known = spellings.get(iso) ?? []
    // Of several spellings of one instant the next one in the text is the most likely.
    return (known.length > 1 ? known.shift() : known[0]) ?? iso
  }
  const toJson = (item: unknown): Json => {
    if (item instanceof TomlDate) return spell(item)
    if (Array.isArray(item)) return item.map(toJson)
    if (typeof item === 'bigint') throw unsafeInteger(text, String(item))
    if (!isJsonMap(item)) return item as Json // TOML has no other values than text, numbers and booleans
    return Object.fromEntries(Object.entries(item).map(([name, child]) => [name, toJson(child)]))
  }
  return toJson(value)
}

function unsafeInteger(text: string, digits: string): Error {
  const message = `the integer ${digits} is larger than a JavaScript number can hold exactly`
  const offset = text.indexOf(digits)
  if (offset === -1) return new Error(message)
  return Object.assign(new Error(message), positionAt(text, offset))
}

const header = /^[ \t]*\[{1,2}([^\]\n]*)\]/
const assignment =
  /^[ \t]*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*)[ \t]*=[ \t]*/
const keyPart = /[\w-]+|"([^"\n]*)"|'([^'\n]*)'/g

/** The place of the deepest part of a path that a line or header names; what lies in inline tables has its holder's place. */
export function locateToml(text: string, path: ValuePath): RecordPosition | undefined {
  const parts = path.filter((step) => typeof step === 'string')
  let best: { readonly depth: number; readonly offset: number } | undefined
  let table: readonly string[] = []
  let at = 0
  for (const line of text.split('\n')) {
    const open = header.exec(line)
    const named = open ?? assignment.exec(line)
    if (named !== null) {
      const names = keyNames(named[1] ?? '')
      const full = open === null ? [...table, ...names] : names
      if (open !== null) table = names
      const depth = full.length
      const fits = full.every((name, i) => name === parts[i])
      const above = open !== null && depth > parts.length && parts.every((name, i) => name === full[i])
      if (
        (fits || above) &&
        (best === undefined || depth > best.depth) &&
        (best?.depth ?? 0) < parts.length
      ) {
        const offset = open === null ? named[0].length : line.indexOf('[')
        best = { depth: Math.min(depth, parts.length), offset: at + offset }
      }
    }
    at += line.length + 1
  }
  return best === undefined || best.depth === 0 ? undefined : positionAt(text, best.offset)
}

function keyNames(source: string): readonly string[] {
  return [...source.matchAll(keyPart)].map(([whole, double, single]) => double ?? single ?? whole)
}
