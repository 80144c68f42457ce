import { compare, repr, text } from './compare.ts'
import { parseInteger, toFloat, toInteger } from './convert.ts'
import type { Meter } from './meter.ts'
import { character } from './operators.ts'
import {
  type Callable,
  decodeText,
  dict,
  fail,
  isDict,
  isNumber,
  iterate,
  lengthOf,
  list,
  truth,
  tuple,
  typeName,
  type Value,
} from './values.ts'

type Args = readonly Value[]
type Named = ReadonlyMap<string, Value>

/** The least and greatest number of arguments, the function, and the names by which arguments may be given. */
type Entry = readonly [number, number, (args: Args, meter: Meter, named: Named) => Value, ...string[]]

/** A function with checked arguments; named ones take the place that `entry` gives them. */
export function createFunction(name: string, [min, max, run, ...names]: Entry): Callable {
  return {
    kind: 'function',
    name,
    call(args, named, meter) {
      const all: Value[] = [...args]
      const rest = new Map(named)
      if (names[0] !== '*') {
        names.forEach((known, index) => {
          const value = rest.get(known)
          if (known === '' || value === undefined || all[index] !== undefined) return
          all[index] = value
          rest.delete(known)
        })
        for (const unknown of rest.keys())
          fail(`${name}: the argument "${unknown}" is not known or given twice`)
      }
      if (all.length < min || all.length > max) fail(`${name}: wrong number of arguments`)
      return run(all, meter, rest)
    },
  }
}

const arg = (args: Args, index: number): Value => args[index] ?? null

const rounded =
  (round: (value: number) => number): Entry[2] =>
  ([value = null]) =>
    typeof value === 'number' ? toInteger(round(value)) : typeof value === 'bigint' ? value : toInteger(value)

function extreme(sign: number): Entry[2] {
  return (args, meter, named) => {
    const key = named.get('key') ?? null
    for (const name of named.keys()) if (name !== 'key') fail(`the argument "${name}" is not known`)
    let best: readonly [Value, Value] | undefined
    for (const item of iterate(args.length === 1 ? arg(args, 0) : list(args), meter)) {
      const rank = key === null ? item : invoke(key, [item], meter)
      if (best === undefined || compare(rank, best[1], meter) * sign > 0) best = [item, rank]
    }
    return best === undefined ? fail('min and max need at least one item') : best[0]
  }
}

/** Calls a value with positional arguments. */
export function invoke(callee: Value, args: Args, meter: Meter, named: Named = new Map()): Value {
  meter.spend(1)
  if (callee === null || typeof callee !== 'object' || callee.kind !== 'function') {
    return fail(`a value of type ${typeName(callee)} cannot be called`)
  }
  return callee.call(args, named, meter)
}

function range(args: Args): Value {
  const numbers = args.map((value) =>
    typeof value === 'bigint' ? Number(value) : fail(`range: an int is needed, not ${typeName(value)}`),
  )
  const [start = 0, stop = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers
  if (step === 0) return fail('range: the step is zero')
  if (![start, stop, step, stop - start].every(Number.isSafeInteger))
    return fail('range: the bounds are too large')
  return { kind: 'range', start, stop, step, length: Math.max(0, Math.ceil((stop - start) / step)) }
}

const items = (value: Value, meter: Meter): Value[] => [...iterate(value, meter)]

function zip(args: Args, meter: Meter): Value {
  const rows = args.map((value) => items(value, meter))
  const length = rows.length === 0 ? 0 : Math.min(...rows.map((row) => row.length))
  return list(Array.from({ length }, (_, i) => tuple(rows.map((row) => arg(row, i)))))
}

function sorted([value = null, key = null, reverse = false]: Args, meter: Meter): Value {
  const ranked = items(value, meter).map((item) => ({
    item,
    rank: key === null ? item : invoke(key, [item], meter),
  }))
  const sign = truth(reverse) ? -1 : 1
  return list(ranked.toSorted((a, b) => sign * compare(a.rank, b.rank, meter)).map(({ item }) => item))
}

/** `dict(pairs or dict, name=value …)` */
function makeDict([from = null]: Args, meter: Meter, named: Named): Value {
  const pairs = isDict(from)
    ? [...from.entries.values()]
    : from === null
      ? []
      : items(from, meter).map((pair) => {
          const [key, value, ...more] = items(pair, meter)
          if (key === undefined || value === undefined || more.length > 0)
            return fail('dict: pairs are needed')
          return [key, value] as const
        })
  return dict([...pairs, ...named], meter)
}

const wantText = (value: Value): string =>
  typeof value === 'string' ? value : fail(`a string is needed, not ${typeName(value)}`)

const all = Infinity

/** What a formula may call, beside the columns. */
export const functions: ReadonlyMap<string, Callable> = new Map(
  Object.entries({
    abs: [1, 1, ([x = null]) => (isNumber(x) ? (x < 0 ? -x : x) : toInteger(x))],
    all: [1, 1, ([x = null], meter) => items(x, meter).every(truth)],
    any: [1, 1, ([x = null], meter) => items(x, meter).some(truth)],
    bool: [0, 1, ([x = false]) => truth(x)],
    ceil: [1, 1, rounded(Math.ceil)],
    chr: [1, 1, ([x = null]) => character(typeof x === 'bigint' ? x : fail('chr: an int is needed'))],
    dict: [0, 1, makeDict, '*'],
    enumerate: [
      1,
      2,
      ([x = null, start = 0n], meter) =>
        list(items(x, meter).map((item, i) => tuple([toInteger(start) + BigInt(i), item]))),
    ],
    fail: [0, all, (args, meter) => fail(decodeText(args.map((x) => text(x, meter)).join(' ')))],
    float: [0, 1, ([x = 0n]) => toFloat(x)],
    floor: [1, 1, rounded(Math.floor)],
    int: [1, 2, ([x = 0n, base]) => parseInteger(x, base), 'x', 'base'],
    len: [1, 1, ([x = null]) => BigInt(lengthOf(x))],
    list: [0, 1, ([x = list([])], meter) => list(items(x, meter))],
    max: [1, all, extreme(1), '*'],
    min: [1, all, extreme(-1), '*'],
    ord: [
      1,
      1,
      ([x = null]) => {
        const [char, more] = decodeText(wantText(x))
        return char === undefined || more !== undefined
          ? fail('ord: one character is needed')
          : BigInt(char.codePointAt(0) ?? 0)
      },
    ],
    range: [1, 3, range],
    repr: [1, 1, ([x = null], meter) => repr(x, meter)],
    reversed: [1, 1, ([x = null], meter) => list(items(x, meter).toReversed())],
    round: [1, 1, rounded((x) => Math.sign(x) * Math.round(Math.abs(x)))],
    sorted: [1, 3, sorted, 'iterable', 'key', 'reverse'],
    str: [1, 1, ([x = null], meter) => text(x, meter)],
    tuple: [0, 1, ([x = tuple([])], meter) => tuple(items(x, meter))],
    type: [1, 1, ([x = null]) => typeName(x)],
    zip: [0, all, zip],
  } satisfies { readonly [name: string]: Entry }).map(([name, entry]) => [
    name,
    createFunction(name, entry as Entry), // the type that `satisfies` checked
  ]),
)
