import { equal, find, repr, text } from './compare.ts'
import { toInteger } from './convert.ts'
import { createFunction } from './functions.ts'
import type { Meter } from './meter.ts'
import {
  decodeText,
  encodeText,
  fail,
  isDict,
  isSequence,
  iterate,
  list,
  truth,
  tuple,
  typeName,
  type Dict,
  type Sequence,
  type Value,
} from './values.ts'

type Args = readonly Value[]
type Method<Self> = readonly [
  number,
  number,
  (self: Self, args: Args, meter: Meter, named: ReadonlyMap<string, Value>) => Value,
  ...string[],
]

/** `value.name`, which can only be a method: a formula cannot reach anything else of a value. */
export function attribute(value: Value, name: string): Value {
  if (typeof value === 'string') return bind(stringMethods, value, name)
  if (isDict(value)) return bind(dictMethods, value, name)
  if (isSequence(value) && value.kind === 'list') return bind(listMethods, value, name)
  return fail(`a value of type ${typeName(value)} has no ".${name}"`)
}

function bind<Self extends Value>(
  methods: ReadonlyMap<string, Method<Self>>,
  self: Self,
  name: string,
): Value {
  const method = methods.get(name)
  if (method === undefined) return fail(`a value of type ${typeName(self)} has no ".${name}"`)
  const [min, max, run, ...names] = method
  return createFunction(name, [min, max, (args, meter, named) => run(self, args, meter, named), ...names])
}

const table = <Self>(entries: { readonly [name: string]: Method<Self> }): ReadonlyMap<string, Method<Self>> =>
  new Map(Object.entries(entries))

const pairs = (self: Dict): (readonly [Value, Value])[] => [...self.entries.values()]

const dictMethods = table<Dict>({
  get: [
    1,
    2,
    (self, [key = null, other = null], meter) =>
      pairs(self).find(([own]) => equal(own, key, meter))?.[1] ?? other,
  ],
  items: [
    0,
    0,
    (self, _, meter) => (meter.spend(self.entries.size), list(pairs(self).map((pair) => tuple(pair)))),
  ],
  keys: [0, 0, (self, _, meter) => list([...iterate(self, meter)])],
  values: [
    0,
    0,
    (self, _, meter) => (meter.spend(self.entries.size), list(pairs(self).map(([, value]) => value))),
  ],
})

const listMethods = table<Sequence>({
  index: [
    1,
    3,
    ({ items }, [item = null, from = null, to = null], meter) => {
      const [start, end] = bounds(items.length, from, to)
      for (let i = start; i < end; i++) if (equal(items[i] as Value, item, meter)) return BigInt(i) // within
      return fail('index: the item is not in the list')
    },
  ],
})

/** The part of a value of this length that optional `start` and `end` arguments mean. */
function bounds(length: number, from: Value, to: Value): readonly [number, number] {
  const place = (bound: Value, missing: number): number => {
    if (bound === null) return missing
    const number = Number(toInteger(bound))
    return Math.min(Math.max(number < 0 ? number + length : number, 0), length)
  }
  const start = place(from, 0)
  return [start, Math.max(start, place(to, length))]
}

const want = (value: Value | undefined): string =>
  typeof value === 'string' ? value : fail(`a string is needed, not ${typeName(value ?? null)}`)
const limit = (value: Value | undefined): number =>
  value === undefined || value === null ? -1 : Number(toInteger(value))
const texts = (parts: readonly string[], meter: Meter): Sequence => {
  meter.spend(parts.length)
  return list(parts)
}
const characters = (self: string, meter: Meter): string[] => {
  meter.text(self.length * 8) // one step each
  return [...decodeText(self)]
}

function mapText(self: string, meter: Meter, map: (char: string, previous: string) => string): string {
  let previous = ''
  const mapped = characters(self, meter).map((char) => {
    const result = map(char, previous)
    previous = char
    // One character stays one, as in Go.
    return result.length === char.length ? result : char
  })
  return encodeText(mapped.join(''))
}

const upper = (char: string): string => char.toUpperCase()
const lower = (char: string): string => char.toLowerCase()
const isCased = (char: string): boolean => upper(char) !== lower(char)

function matches(pattern: RegExp): Method<string> {
  return [0, 0, (self, _, meter) => characters(self, meter).length > 0 && pattern.test(decodeText(self))]
}

/** Whether there are cased characters and all are as `map` makes them. */
function hasCase(map: (char: string) => string): Method<string> {
  return [
    0,
    0,
    (self, _, meter) => {
      const chars = characters(self, meter)
      return (
        chars.some(isCased) && chars.every((char) => map(char) === char || map(char).length > char.length)
      )
    },
  ]
}

const space = /\p{White_Space}/u

function stripped(left: boolean, right: boolean): Method<string> {
  return [
    0,
    1,
    (self, [set], meter) => {
      const chars = characters(self, meter)
      const given = new Set(set === undefined ? '' : decodeText(want(set)))
      const drops = (char = ''): boolean => (given.size === 0 ? space.test(char) : given.has(char))
      let start = 0
      let end = chars.length
      if (left) while (start < end && drops(chars[start])) start++
      if (right) while (end > start && drops(chars[end - 1])) end--
      return encodeText(chars.slice(start, end).join(''))
    },
  ]
}

/** The parts between separators; `max` separators count, from the left or the right. */
function parts(
  self: string,
  separator: string,
  max: number,
  fromRight: boolean,
  meter: Meter,
): readonly string[] {
  if (separator === '') return fail('an empty separator does not split')
  find(self, separator, meter)
  const all = self.split(separator)
  if (max < 0 || all.length <= max + 1) return all
  const rest = all.length - max
  return fromRight
    ? [all.slice(0, rest).join(separator), ...all.slice(rest)]
    : [...all.slice(0, max), all.slice(max).join(separator)]
}

/** The words of a text; after `max` of them the rest stays whole. */
function words(self: string, max: number, fromRight: boolean, meter: Meter): readonly string[] {
  const chars = characters(self, meter)
  if (fromRight) chars.reverse()
  const found: string[][] = []
  let word: string[] | undefined
  for (const char of chars) {
    const whole = max >= 0 && found.length > max
    if (space.test(char) && !whole) word = undefined
    else if (word === undefined) found.push((word = [char]))
    else word.push(char)
  }
  const result = found.map((own) => encodeText((fromRight ? own.toReversed() : own).join('')))
  return fromRight ? result.toReversed() : result
}

function splitting(fromRight: boolean): Method<string> {
  return [
    0,
    2,
    (self, [separator = null, max], meter) =>
      texts(
        separator === null
          ? words(self, limit(max), fromRight, meter)
          : parts(self, want(separator), limit(max), fromRight, meter),
        meter,
      ),
  ]
}

function partition(last: boolean): Method<string> {
  return [
    1,
    1,
    (self, [separator], meter) => {
      const by = want(separator)
      if (by === '') return fail('an empty separator does not split')
      const index = find(self, by, meter, last)
      if (index < 0) return tuple(last ? ['', '', self] : [self, '', ''])
      return tuple([self.slice(0, index), by, self.slice(index + by.length)])
    },
  ]
}

function searching(last: boolean, mustFind: boolean): Method<string> {
  return [
    1,
    3,
    (self, [part, from = null, to = null], meter) => {
      const [start, end] = bounds(self.length, from, to)
      const index = find(self.slice(start, end), want(part), meter, last)
      if (index < 0 && mustFind) return fail('the text is not found')
      return index < 0 ? -1n : BigInt(index + start)
    },
  ]
}

function affixed(test: (whole: string, affix: string) => boolean): Method<string> {
  return [
    1,
    3,
    (self, [affix = null, from = null, to = null], meter) => {
      const [start, end] = bounds(self.length, from, to)
      const whole = self.slice(start, end)
      const affixes = isSequence(affix) && affix.kind === 'tuple' ? affix.items : [affix]
      meter.text(whole.length)
      return affixes.some((one) => test(whole, want(one)))
    },
  ]
}

function replace(self: string, [from, to, max]: Args, meter: Meter): string {
  const old = want(from)
  const by = want(to)
  const count = limit(max)
  let pieces: readonly string[]
  if (old === '') {
    const all = ['', ...characters(self, meter).map(encodeText), '']
    pieces = count < 0 || count >= all.length ? all : [...all.slice(0, count), all.slice(count).join('')]
  } else {
    pieces = parts(self, old, count, false, meter)
  }
  meter.text(self.length + (pieces.length - 1) * Math.max(0, by.length - old.length))
  return pieces.join(by)
}

function join(self: string, [parts = null]: Args, meter: Meter): string {
  let length = 0
  const all = [...iterate(parts, meter)].map((part) => {
    length += want(part).length + self.length
    meter.text(length > 1e6 ? length : 0)
    return want(part)
  })
  meter.text(length)
  return all.join(self)
}

/** `'{} {name}'.format(…)` */
function format(self: string, args: Args, meter: Meter, named: ReadonlyMap<string, Value>): string {
  let next = 0
  let manual = false
  let length = self.length
  return self.replace(/\{\{|\}\}|\{([^}]*)\}|[{}]/g, (match, field?: string) => {
    if (match === '{{' || match === '}}') return match.charAt(0)
    const [, name = '', form = 's', rest = ''] = /^([^!:]*)(?:!([^:]*))?(?::([^]*))?$/.exec(field ?? '') ?? []
    if (field === undefined) return fail(`format: a single "${match}"`)
    if (rest !== '' || (form !== 's' && form !== 'r')) return fail(`format: "${match}" is not supported`)
    const numbered = /^\d+$/.test(name)
    if (numbered) manual = true
    if ((numbered && next > 0) || (name === '' && manual))
      return fail('format: numbered and plain {} are mixed')
    const value = name === '' ? args[next++] : numbered ? args[Number(name)] : named.get(name)
    if (value === undefined) return fail(`format: there is no value for "${match}"`)
    const part = form === 'r' ? repr(value, meter) : text(value, meter)
    length += part.length
    meter.text(length)
    return part
  })
}

const stringMethods = table<string>({
  capitalize: [
    0,
    0,
    (self, _, meter) =>
      mapText(self, meter, (char, previous) => (previous === '' ? upper(char) : lower(char))),
  ],
  codepoints: [0, 0, (self, _, meter) => texts(characters(self, meter).map(encodeText), meter)],
  count: [
    1,
    3,
    (self, [part, from = null, to = null], meter) => {
      const whole = self.slice(...bounds(self.length, from, to))
      const sought = want(part)
      const pieces =
        sought === ''
          ? characters(whole, meter).length + 1
          : parts(whole, sought, -1, false, meter).length - 1
      return BigInt(pieces)
    },
  ],
  elems: [0, 0, (self, _, meter) => (meter.spend(self.length), list([...self]))],
  endswith: affixed((whole, affix) => whole.endsWith(affix)),
  find: searching(false, false),
  format: [0, Infinity, format, '*'],
  index: searching(false, true),
  isalnum: matches(/^[\p{L}\p{Nd}]+$/u),
  isalpha: matches(/^\p{L}+$/u),
  isdigit: matches(/^\p{Nd}+$/u),
  islower: hasCase(lower),
  isspace: matches(/^\p{White_Space}+$/u),
  istitle: [
    0,
    0,
    (self, _, meter) => {
      let previous = ''
      const chars = characters(self, meter)
      return (
        chars.some(isCased) &&
        chars.every((char) => {
          const fits = !isCased(char) || (isCased(previous) ? lower(char) === char : upper(char) === char)
          previous = char
          return fits
        })
      )
    },
  ],
  isupper: hasCase(upper),
  join: [1, 1, join],
  lower: [0, 0, (self, _, meter) => mapText(self, meter, lower)],
  lstrip: stripped(true, false),
  partition: partition(false),
  removeprefix: [
    1,
    1,
    (self, [affix]) => (self.startsWith(want(affix)) ? self.slice(want(affix).length) : self),
  ],
  removesuffix: [
    1,
    1,
    (self, [affix]) => (self.endsWith(want(affix)) ? self.slice(0, self.length - want(affix).length) : self),
  ],
  replace: [2, 3, replace],
  rfind: searching(true, false),
  rindex: searching(true, true),
  rpartition: partition(true),
  rsplit: splitting(true),
  rstrip: stripped(false, true),
  split: splitting(false),
  splitlines: [
    0,
    1,
    (self, [keep = false], meter) => {
      meter.text(self.length)
      return texts(
        (self.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) => (truth(keep) ? line : line.replace(/\n$/, ''))),
        meter,
      )
    },
  ],
  startswith: affixed((whole, affix) => whole.startsWith(affix)),
  strip: stripped(true, true),
  title: [
    0,
    0,
    (self, _, meter) =>
      mapText(self, meter, (char, previous) => (isCased(previous) ? lower(char) : upper(char))),
  ],
  upper: [0, 0, (self, _, meter) => mapText(self, meter, upper)],
})
