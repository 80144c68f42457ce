import type { Json, RecordValue } from '../../src/protocol/records.ts'

/**
 * A 64-bit hash of a record's value as 16 hex digits: the `$rev` of its rows. Fields may come in any order, so
 * equal values have equal revisions whatever file or commit they were read from. It guards against stale
 * writes between friends (`ifMatch`); it is no protection against someone who forges collisions.
 */
export function revisionOf(value: RecordValue): string {
  hashValue(value, lowSeed, highSeed)
  return hex(halves[1]) + hex(halves[0])
}

const lowSeed = 0x811c9dc5
const highSeed = 0x9747b28c

/**
 * The two 32-bit halves, low and high, of the value hashed last. One walk makes both: bulk writes spend a good part of
 * their time here. A typed array, since a variable would keep each of them as an object of its own.
 */
const halves = new Int32Array(2) as Int32Array & { 0: number; 1: number }

function hashValue(value: Json | undefined, a: number, b: number): void {
  switch (typeof value) {
    case 'string':
      return hashText(value, a ^ 0x1b873593, b ^ 0x1b873593)
    case 'number':
      return hashNumber(value, a ^ 0x2c1b3c6d, b ^ 0x2c1b3c6d)
    case 'boolean': {
      const salt = value ? 0x51ed270b : 0x297a2d39
      return keep(mix(a ^ salt), mix(b ^ salt))
    }
    case 'undefined':
      return keep(mix(a ^ 0x68e31da4), mix(b ^ 0x68e31da4))
    case 'object':
      break
  }
  if (value === null) return keep(mix(a ^ 0x5851f42d), mix(b ^ 0x5851f42d))
  if (Array.isArray(value)) return hashList(value, a, b)
  hashFields(value as RecordValue, a, b) // an object that is no array
}

function hashList(list: readonly Json[], a: number, b: number): void {
  let first = mix(a ^ 0x14057b7e ^ list.length)
  let second = mix(b ^ 0x14057b7e ^ list.length)
  for (const item of list) {
    hashValue(item, a, b)
    first = mix(first ^ halves[0])
    second = mix(second ^ halves[1])
  }
  keep(first, second)
}

function hashFields(record: RecordValue, a: number, b: number): void {
  // A sum does not depend on the order of the fields.
  let first = 0
  let second = 0
  for (const name of Object.keys(record)) {
    hashValue(record[name], a, b)
    const valueLow = halves[0]
    const valueHigh = halves[1]
    hashText(name, a, b)
    first = (first + mix(halves[0] ^ Math.imul(valueLow, 0x85ebca6b))) | 0
    second = (second + mix(halves[1] ^ Math.imul(valueHigh, 0x85ebca6b))) | 0
  }
  keep(mix(first ^ a), mix(second ^ b))
}

function hashNumber(value: number, a: number, b: number): void {
  // Small integers, most numbers of most records, are hashed without making text of them.
  if ((value | 0) === value) return keep(mix(mix(a ^ value) + 1), mix(mix(b ^ value) + 1))
  hashText(String(value), a, b)
}

function hashText(text: string, a: number, b: number): void {
  let first = a ^ text.length
  let second = b ^ text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    first = Math.imul(first ^ unit, 0x01000193)
    second = Math.imul(second ^ unit, 0x01000193)
  }
  keep(mix(first), mix(second))
}

function keep(first: number, second: number): void {
  halves[0] = first
  halves[1] = second
}

/** The finaliser of MurmurHash3 (Appleby, public domain): spreads every input bit over the word. */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function hex(half: number): string {
  return ((half >>> 0) + 0x1_0000_0000).toString(16).slice(1)
}
