import { queryVersion, type Query } from '../../src/protocol/query.ts'
import { findValueFault } from '../format/record-value.ts'
import { compareTextIn } from './compare-values.ts'
import { withNormalParents } from './normal-keys.ts'
import { invalid } from './query-faults.ts'

/** Conditions and expressions may be nested so deep. */
const maxDepth = 32
/** Values of a list, as of `in`. */
const maxValues = 100_000
/** Nodes, names and values of a query together: a list of values, and room for what stands around it. */
const maxParts = maxValues + 10_000
const maxSources = 8
const maxIncludes = 32
const maxListed = 64
const maxNames = 1000
const maxTextLength = 65_536
/** Cursors hold the values that a row is sorted by: these may be whole texts. */
const maxCursorLength = 4 * 1024 * 1024

/** The way to what is read: whoever reads a part steps into it, and back. */
type Path = (string | number)[]

type Check = (value: unknown, at: Path) => void
type Members = { readonly [name: string]: unknown }

const functions: ReadonlyMap<string, readonly [min: number, max: number]> = new Map([
  ['add', [1, maxListed]],
  ['subtract', [2, 2]],
  ['multiply', [1, maxListed]],
  ['divide', [2, 2]],
  ['concat', [1, maxListed]],
  ['lower', [1, 1]],
  ['upper', [1, 1]],
  ['length', [1, 1]],
  ['coalesce', [1, maxListed]],
])
const aggregates: ReadonlySet<string> = new Set(['count', 'countDistinct', 'sum', 'avg', 'min', 'max'])

/**
 * Reads a query that anybody may have written (it lives in URLs and files): checks every part's shape and bounds
 * depth and size. Whether its collections and columns exist is not looked at. What is compared with keys is made NFC.
 *
 * @throws EspalierError `query/invalid`; `data.path` leads to the part
 */
export function readQuery(query: unknown): Query {
  reader(query, [])
  return withNormalParents(query as Query) // every part was checked
}

/** One for all queries: making its parts takes longer than reading with them. */
const reader = createReader()

function createReader(): Check {
  let parts = 0
  let includes = 0

  const count = (at: Path, more = 1): void => {
    if ((parts += more) > maxParts) throw invalid(at, `it has more than ${maxParts} parts`)
  }

  /** The own members of a plain object, each of a known name. `needed` must be there. */
  const members = (
    value: unknown,
    at: Path,
    checks: { readonly [name: string]: Check },
    needed: readonly string[],
  ): Members => {
    const map = plainMap(value, at)
    for (const name of Object.keys(map)) {
      const check = Object.hasOwn(checks, name) ? checks[name] : undefined
      if (check === undefined) throw invalid(at, `"${shorten(name)}" is not known here`)
      if (map[name] === undefined) continue
      count(at)
      at.push(name)
      check(map[name], at)
      at.pop()
    }
    for (const name of needed) if (own(map, name) === undefined) throw invalid(at, `it needs "${name}"`)
    return map
  }

  const list =
    (check: Check, { min = 0, max = maxListed } = {}): Check =>
    (value, at) => {
      if (!Array.isArray(value)) throw invalid(at, 'it must be a list')
      if (value.length < min || value.length > max)
        throw invalid(at, `it must have ${min} to ${max} entries, not ${value.length}`)
      for (let i = 0; i < value.length; i++) {
        count(at)
        at.push(i)
        check(value[i], at)
        at.pop()
      }
    }

  const named =
    (check: Check, max: number): Check =>
    (value, at) => {
      const map = plainMap(value, at)
      const names = Object.keys(map)
      if (names.length > max) throw invalid(at, `it has more than ${max} names`)
      for (const name of names) {
        count(at)
        checkText(name, at)
        at.push(name)
        check(map[name], at)
        at.pop()
      }
    }

  const json: Check = (value, at) => {
    // The value itself is a part that was counted.
    count(at, sizeOf(value, maxParts - parts) - 1)
    const fault = findValueFault(value, 'any')
    if (fault !== undefined) throw invalid([...at, ...fault.path], fault.why)
  }

  const fieldPath = list(checkText, { min: 1, max: maxDepth })

  const fieldParts = { field: fieldPath, from: checkText }
  const valueParts = { value: json }

  const expression: Check = (value, at) => {
    checkDepth(at)
    const map = plainMap(value, at)
    let kind: (typeof expressionKinds)[number] | undefined
    for (const one of expressionKinds) {
      if (!Object.hasOwn(map, one)) continue
      // Whoever reads on asks which of the names is there, be its value undefined.
      if (kind !== undefined || map[one] === undefined) throw notOneKind(at)
      kind = one
    }
    switch (kind) {
      case undefined:
        throw notOneKind(at)
      case 'field':
        members(value, at, fieldParts, [])
        return
      case 'value':
        members(value, at, valueParts, [])
        return
      case 'fn': {
        const name = own(map, 'fn')
        const arity = typeof name === 'string' ? functions.get(name) : undefined
        if (arity === undefined) throw invalid([...at, 'fn'], `"${shorten(name)}" is no function`)
        const [min, max] = arity
        members(value, at, { fn: pass, of: list(expression, { min, max }) }, ['of'])
        return
      }
      default: {
        const name = own(map, 'aggregate')
        if (typeof name !== 'string' || !aggregates.has(name))
          throw invalid([...at, 'aggregate'], `"${shorten(name)}" is no aggregate`)
        members(value, at, { aggregate: pass, of: expression }, name === 'count' ? [] : ['of'])
      }
    }
  }

  const conditions: { readonly [op: string]: Check } = (() => {
    const shape = (checks: { readonly [name: string]: Check }, optional: readonly string[] = []): Check => {
      const needed = Object.keys(checks).filter((name) => !optional.includes(name))
      const known = { op: pass, ...checks }
      return (value, at) => void members(value, at, known, needed)
    }
    const compared = shape({ left: expression, right: expression })
    const listed = shape({ left: expression, value: list(json, { max: maxValues }) })
    const text = shape({ left: expression, value: checkText, ignoreCase: checkBoolean }, ['ignoreCase'])
    const presence = shape({ left: expression, value: checkBoolean })
    const several = shape({ of: list((value, at) => condition(value, at), { max: maxValues }) })
    return {
      and: several,
      or: several,
      not: shape({ of: (value, at) => condition(value, at) }),
      eq: compared,
      ne: compared,
      gt: compared,
      gte: compared,
      lt: compared,
      lte: compared,
      between: shape({ left: expression, value: list(json, { min: 2, max: 2 }) }),
      in: listed,
      notIn: listed,
      hasAll: listed,
      has: shape({ left: expression, value: json }),
      contains: text,
      startsWith: text,
      endsWith: text,
      matches: text,
      isNull: presence,
      exists: presence,
      search: shape({ text: checkText, fields: list(checkText), from: checkText }, ['fields', 'from']),
    }
  })()

  const condition: Check = (value, at) => {
    checkDepth(at)
    const op = own(plainMap(value, at), 'op')
    const check = typeof op === 'string' && Object.hasOwn(conditions, op) ? conditions[op] : undefined
    if (check === undefined) throw invalid([...at, 'op'], `"${shorten(op)}" is no operator`)
    check(value, at)
  }

  const object =
    (checks: { readonly [name: string]: Check }, needed: readonly string[]): Check =>
    (value, at) =>
      void members(value, at, checks, needed)

  const source = object(
    {
      collection: checkText,
      alias: checkText,
      parent: checkText,
      at: checkMoment,
      schema: oneOf('own', 'current'),
      deleted: checkBoolean,
    },
    ['collection', 'alias'],
  )
  const pair = object({ left: expression, right: expression }, ['left', 'right'])
  const join = object({ kind: oneOf('inner', 'left'), source, on: list(pair, { min: 1, max: 8 }) }, [
    'kind',
    'source',
    'on',
  ])
  const order = object(
    {
      by: expression,
      direction: oneOf('asc', 'desc'),
      nulls: oneOf('first', 'last'),
      locale: checkLocale,
    },
    ['by', 'direction'],
  )

  const include: Check = (value, at) => {
    checkDepth(at)
    if (++includes > maxIncludes) throw invalid(at, `it includes more than ${maxIncludes} collections`)
    included(value, at)
  }
  const included = object(
    {
      column: checkText,
      collection: checkText,
      select: named(expression, maxNames),
      where: condition,
      orderBy: list(order),
      limit: checkCount,
      include: named(include, maxIncludes),
    },
    ['column'],
  )
  const whole = object(
    {
      version: pass,
      from: source,
      joins: list(join, { max: maxSources - 1 }),
      where: condition,
      groupBy: list(expression),
      having: condition,
      select: named(expression, maxNames),
      distinct: checkBoolean,
      orderBy: list(order),
      limit: checkCount,
      offset: checkCount,
      after: checkCursor,
      before: checkCursor,
      include: named(include, maxIncludes),
    },
    ['from'],
  )

  return (value, at) => {
    parts = 0
    includes = 0
    const version = own(plainMap(value, at), 'version')
    if (version !== queryVersion) {
      throw invalid([...at, 'version'], `this library runs version ${queryVersion}, not ${shorten(version)}`)
    }
    whole(value, at)
  }
}

const expressionKinds = ['field', 'value', 'fn', 'aggregate'] as const

function notOneKind(at: Path): Error {
  return invalid(at, 'an expression has one of "field", "value", "fn" and "aggregate"')
}

function pass(): void {}

function plainMap(value: unknown, at: Path): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(at, 'it must be an object')
  return value as Members // an object; only own members are read
}

function own(map: Members, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

function checkDepth(at: Path): void {
  // A level of a condition or expression adds at most three steps to the path.
  if (at.length > maxDepth * 3) throw invalid(at.slice(0, 3), `it is nested deeper than ${maxDepth} levels`)
}

function checkText(value: unknown, at: Path): void {
  if (typeof value !== 'string') throw invalid(at, 'it must be text')
  if (value.length > maxTextLength) throw invalid(at, `it is longer than ${maxTextLength} characters`)
}

function checkCursor(value: unknown, at: Path): void {
  if (typeof value !== 'string' || value.length > maxCursorLength) throw invalid(at, 'it must be a cursor')
}

function checkBoolean(value: unknown, at: Path): void {
  if (typeof value !== 'boolean') throw invalid(at, 'it must be true or false')
}

function checkCount(value: unknown, at: Path): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid(at, 'it must be a whole number from 0')
}

function checkMoment(value: unknown, at: Path): void {
  if (typeof value === 'number' ? !Number.isFinite(value) : typeof value !== 'string')
    throw invalid(at, 'it must be a ref, a commit or a time in milliseconds')
}

function checkLocale(value: unknown, at: Path): void {
  checkText(value, at)
  try {
    if (typeof value === 'string' && value.length <= 100) return void compareTextIn(value)
  } catch {
    // Not a tag: said below.
  }
  throw invalid(at, `"${shorten(value)}" is no language tag (BCP 47, such as "de" or "sv-SE")`)
}

function oneOf(...words: readonly string[]): Check {
  return (value, at) => {
    if (typeof value !== 'string' || !words.includes(value))
      throw invalid(at, `it must be ${words.map((word) => `"${word}"`).join(' or ')}`)
  }
}

/** The number of values in a value, up to a bound: huge ones are refused before anything walks them. */
function sizeOf(value: unknown, bound: number): number {
  if (typeof value !== 'object' || value === null) return 1
  let size = 1
  const open: object[] = [value]
  for (let next = open.pop(); next !== undefined && size <= bound; next = open.pop()) {
    for (const item of Object.values(next)) {
      size++
      if (typeof item === 'object' && item !== null) open.push(item as object)
    }
  }
  return size
}

function shorten(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : typeof value
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
