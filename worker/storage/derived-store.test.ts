import { deleteDB, openDB } from 'idb'
import { describe, expect, test } from 'vitest'
import { type DerivedStore, leastUsed, usedAgainAfterMs } from './derived-store.ts'
import { deleteIdbDerived, derivedName, openIdbDerived } from './idb-derived.ts'
import { createMemoryDerived, type MemoryDerived } from './memory-derived.ts'
import { useFakeIndexedDb } from '../../test/support/fake-indexed-db.ts'

useFakeIndexedDb()

let names = 0

function kinds(): readonly { name: string; open: (now?: () => number) => DerivedStore }[] {
  const repository = `derived ${names++}`
  const memory: MemoryDerived = new Map()
  return [
    { name: 'memory', open: (now) => createMemoryDerived(memory, now) },
    { name: 'IndexedDB', open: (now) => openIdbDerived(repository, now) },
  ]
}

describe.each(kinds())('derived values in $name', ({ open }) => {
  test('are there after reopening, and absent where there are none', async () => {
    const store = open()
    expect(await store.read(['a', 'b'])).toEqual([undefined, undefined])
    await store.write([
      { key: 'a', text: 'one' },
      { key: 'b', text: '' },
    ])
    await store.close()
    const again = open()
    expect(await again.read(['b', 'c', 'a'])).toEqual(['', undefined, 'one'])
    await again.write([{ key: 'a', text: 'two' }])
    expect(await again.read(['a'])).toEqual(['two'])
    await again.close()
  })

  test('are forgotten by least recent use', async () => {
    let time = 1_000_000
    const store = open(() => time)
    await store.prune(0)
    for (const key of ['x', 'y', 'z']) {
      time += 1
      await store.write([{ key, text: '0123456789' }])
    }
    time += usedAgainAfterMs + 10
    await store.read(['x'])
    await store.read(['x']) // the second read waits for the note of the first
    await store.prune(20)
    expect(await store.read(['x', 'y', 'z'])).toEqual(['0123456789', undefined, '0123456789'])
    await store.prune(0)
    expect(await store.read(['x', 'y', 'z'])).toEqual([undefined, undefined, undefined])
    await store.close()
  })
})

test('what cannot be opened, read or written is absent, and never an error', async () => {
  const repository = `derived ${names++}`
  // A newer version of the library made this database.
  ;(await openDB(derivedName(repository), 99)).close()
  const store = openIdbDerived(repository)
  await store.write([{ key: 'a', text: 'one' }])
  expect(await store.read(['a'])).toEqual([undefined])
  await store.prune(0)
  await store.close()
  await deleteDB(derivedName(repository))

  const deleted = openIdbDerived(repository)
  await deleted.write([{ key: 'a', text: 'one' }])
  await deleteIdbDerived(repository)
  expect(await deleted.read(['a'])).toEqual([undefined])
  await deleted.close()
  expect(await deleted.read(['a'])).toEqual([undefined])
})

test('the least used are those beyond the limit, newest first', () => {
  const uses = new Map([
    ['old', { units: 5, usedAtMs: 1 }],
    ['new', { units: 5, usedAtMs: 3 }],
    ['middle', { units: 5, usedAtMs: 2 }],
  ])
  expect(leastUsed(uses, 15)).toEqual([])
  expect(leastUsed(uses, 14)).toEqual(['old'])
  expect(leastUsed(uses, 4)).toEqual(['new', 'middle', 'old'])
  const atOnce = ['b', 'a', 'c'].map((key) => [key, { units: 5, usedAtMs: 1 }] as const)
  expect(leastUsed(atOnce, 5)).toEqual(['b', 'c'])
})
