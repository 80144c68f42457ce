import type { Json, RecordValue, Row } from '../../src/protocol/records.ts'

/**
 * A 64-bit hash of a record's value as 16 hex digits: the `$rev` of its rows. Fields may come in any order, so
 * equal values have equal revisions whatever file or commit they were read from. It guards against stale
 * writes between friends (`ifMatch`); it is no protection against someone who forges collisions.
 */
export function revisionOf(value: RecordValue): string {
  hashFields(value)
  return hex(halves[1]) + hex(halves[0])
}

/** The revision of a table's row, which may be without its own: that of its fields. */
export function rowRevision(row: Row): string {
  return Object.hasOwn(row, '$rev') ? row.$rev : fieldsRevision(row)
}

/** The revision of a row's fields, whatever the library's names have. */
export function fieldsRevision(row: Row): string {
  hashFields(row as unknown as RecordValue, true) // a row's fields are a record's
  return hex(halves[1]) + hex(halves[0])
}

const lowSeed = 0x811c9dc5 | 0
const highSeed = 0x9747b28c | 0

/**
 * The two 32-bit halves, low and high, of what was hashed last. One walk makes both: bulk writes spend a good part of
 * their time here. A typed array, since a variable would keep each of them as an object of its own.
 */
const halves = new Int32Array(2) as Int32Array & { 0: number; 1: number }

function hashValue(value: Json | undefined): void {
  switch (typeof value) {
    case 'string':
      return hashText(value, 0x1b873593)
    case 'number':
      double[0] = value + 0 // −0 is written as 0
      return hashWords(doubleWords[0], doubleWords[1])
    case 'boolean':
      return keepMark(value ? 0x51ed270b : 0x297a2d39)
    case 'undefined':
      return keepMark(0x68e31da4)
    case 'object':
      if (value === null) return keepMark(0x5851f42d)
      if (Array.isArray(value)) return hashList(value)
      hashFields(value as RecordValue) // an object that is no array
  }
}

function hashList(list: readonly Json[]): void {
  let low = mix(lowSeed ^ 0x14057b7e ^ list.length)
  let high = mix(highSeed ^ 0x14057b7e ^ list.length)
  for (const item of list) {
    hashValue(item)
    low = mix(low ^ halves[0])
    high = mix(high ^ halves[1])
  }
  keep(low, high)
}

/** `isRow`: without the names that a row has from the library. */
function hashFields(record: RecordValue, isRow = false): void {
  // A sum does not depend on the order of the fields.
  let low = 0
  let high = 0
  for (const name of Object.keys(record)) {
    if (isRow && (name === '$id' || name === '$rev' || name === '$parent' || name === '$status')) continue
    const at = nameAt(name)
    const nameLow = names[at] as number // nameAt made room
    const nameHigh = names[at + 1] as number
    hashValue(record[name])
    low = (low + mix(nameLow ^ Math.imul(halves[0], 0x85ebca6b))) | 0
    high = (high + mix(nameHigh ^ Math.imul(halves[1], 0x85ebca6b))) | 0
  }
  keep(mix(low ^ lowSeed), mix(high ^ highSeed))
}

/** Records of a collection have the same few names: each is hashed once. */
const nameIndex = new Map<string, number>()
const maxNames = 4096
const names = new Int32Array(2 * maxNames)

/** Where the halves of a name are. */
function nameAt(name: string): number {
  const known = nameIndex.get(name)
  if (known !== undefined) return known
  // Whoever uses keys as names starts over from time to time.
  if (nameIndex.size === maxNames) nameIndex.clear()
  const at = 2 * nameIndex.size
  hashText(name, 0)
  names.set(halves, at)
  nameIndex.set(name, at)
  return at
}

/** The bits of a number. */
const double = new Float64Array(1)
const doubleWords = new Int32Array(double.buffer) as Int32Array & { 0: number; 1: number }

function hashWords(one: number, two: number): void {
  keep(mix(mix(lowSeed ^ one) + two), mix(mix(highSeed ^ one) + two))
}

function hashText(text: string, salt: number): void {
  const { length } = text
  let low = lowSeed ^ salt ^ length
  let high = highSeed ^ salt ^ length
  // Two characters at a time; the shifts bring what the product has above down again.
  for (let i = 1; i < length; i += 2) {
    const pair = text.charCodeAt(i - 1) | (text.charCodeAt(i) << 16)
    low = Math.imul(low ^ pair, 0x85ebca6b)
    high = Math.imul(high ^ pair, 0xc2b2ae35)
    low ^= low >>> 15
    high ^= high >>> 13
  }
  if ((length & 1) === 1) {
    const unit = text.charCodeAt(length - 1)
    low = Math.imul(low ^ unit, 0x85ebca6b)
    high = Math.imul(high ^ unit, 0xc2b2ae35)
  }
  keep(mix(low), mix(high))
}

function keepMark(mark: number): void {
  keep(mix(lowSeed ^ mark), mix(highSeed ^ mark))
}

function keep(low: number, high: number): void {
  halves[0] = low
  halves[1] = high
}

/** The finaliser of MurmurHash3 (Appleby, public domain): spreads every input bit over the word. */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const bytesInHex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(half: number): string {
  return (
    (bytesInHex[half >>> 24] as string) + // a byte each
    bytesInHex[(half >>> 16) & 0xff] +
    bytesInHex[(half >>> 8) & 0xff] +
    bytesInHex[half & 0xff]
  )
}
