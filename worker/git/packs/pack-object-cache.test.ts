import { expect, test } from 'vitest'
import type { GitObject } from '../objects/object.ts'
import { createPackObjectCache } from './pack-object-cache.ts'
import type { Pack } from './pack-reader.ts'

const object = (size: number): GitObject => ({ type: 'blob', bytes: new Uint8Array(size) })
// Packs are told apart by themselves.
const [one, other] = [{ id: 'one' } as Pack, { id: 'other' } as Pack]

test('remembers objects by pack and offset', () => {
  const cache = createPackObjectCache(10_000)
  const [here, there] = [object(10), object(20)]
  cache.set(one, 12, here)
  cache.set(other, 12, there)
  expect(cache.get(one, 12)).toBe(here)
  expect(cache.get(other, 12)).toBe(there)
  expect(cache.get(one, 13)).toBeUndefined()
  cache.clear()
  expect(cache.get(one, 12)).toBeUndefined()
})

test('forgets what was not asked for while as much as it may hold came in', () => {
  const cache = createPackObjectCache(10_000)
  const asked = object(300)
  cache.set(one, 0, asked)
  cache.set(one, 1, object(300))
  let held = 0
  for (let n = 2; n < 100; n++) {
    cache.set(one, n, object(300))
    expect(cache.get(one, 0)).toBe(asked)
  }
  for (let n = 1; n < 100; n++) if (cache.get(one, n)) held++
  expect(cache.get(one, 1)).toBeUndefined()
  expect(cache.get(one, 99)).toBeDefined()
  // Of 500 bytes each, with what an object takes beside its content.
  expect(held).toBeGreaterThanOrEqual(8)
  expect(held).toBeLessThanOrEqual(20)
})

test('leaves out what would push most others out', () => {
  const cache = createPackObjectCache(10_000)
  cache.set(one, 0, object(3_000))
  expect(cache.get(one, 0)).toBeUndefined()
})
