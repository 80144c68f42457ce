import type { Json, RecordValue } from '../../src/protocol/records.ts'

/**
 * A 64-bit hash of a record's value as 16 hex digits: the `$rev` of its rows. Fields may come in any order, so
 * equal values have equal revisions whatever file or commit they were read from. It guards against stale
 * writes between friends (`ifMatch`); it is no protection against someone who forges collisions.
 */
export function revisionOf(value: RecordValue): string {
  const low = hashValue(value, 0x811c9dc5)
  const high = hashValue(value, 0x9747b28c)
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

function hashValue(value: Json | undefined, seed: number): number {
  switch (typeof value) {
    case 'string':
      return hashText(value, seed ^ 0x1b873593)
    case 'number':
      return hashText(String(value), seed ^ 0x2c1b3c6d)
    case 'boolean':
      return mix(seed ^ (value ? 0x51ed270b : 0x297a2d39))
    case 'undefined':
      return mix(seed ^ 0x68e31da4)
    case 'object':
      break
  }
  if (value === null) return mix(seed ^ 0x5851f42d)
  if (Array.isArray(value)) {
    let hash = mix(seed ^ 0x14057b7e ^ value.length)
    for (const item of value) hash = mix(hash ^ hashValue(item, seed))
    return hash
  }
  // A sum does not depend on the order of the fields.
  let sum = 0
  const record = value as RecordValue // an object that is no array
  for (const name of Object.keys(record))
    sum = (sum + mix(hashText(name, seed) ^ Math.imul(hashValue(record[name], seed), 0x85ebca6b))) | 0
  return mix(sum ^ seed)
}

function hashText(text: string, seed: number): number {
  let hash = seed ^ text.length
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return mix(hash)
}

/** The finaliser of MurmurHash3 (Appleby, public domain): spreads every input bit over the word. */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
