import { type Collection, createCollection, createTransaction } from '@tanstack/db'
import { expect, test } from 'vitest'
import { espalierCollection } from '../../src/bindings/tanstack-db.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { layoutDatabase } from '../support/layout-database.ts'
import { openOn } from './world.ts'

const host = useGitHost()

/** One of TanStack DB's transactions that gives the same key another name in each collection; what it is to write. */
async function renameInAll(
  collections: readonly Collection<never, string>[],
  key: string,
): Promise<readonly unknown[]> {
  let written: readonly unknown[] = []
  const transaction = createTransaction({
    autoCommit: false,
    mutationFn: async ({ transaction: { mutations } }) => {
      written = mutations.map(({ modified }) => (modified as { readonly note: string }).note)
    },
  })
  transaction.mutate(() => {
    for (const [index, collection] of collections.entries())
      collection.update(key, (draft) => void Object.assign(draft, { note: `${index}` }))
  })
  await transaction.commit()
  return written
}

test('one transaction edits the same key on two branches, and below two records: neither edit is lost', async () => {
  const { url } = host.make('tanstack-same-keys', layoutDatabase)
  const db = await openOn(createMemoryStorage(), url)
  const draft = await db.branches.create('draft')
  const orders = db.collection('orders')
  const branches = [db, draft].map((branch) => branch.collection('cities'))
  const parents = ['o1', 'o2'].map((order) => orders.record(order).collection('lines'))

  for (const [collections, key] of [
    [branches, 'cork'],
    [parents, 'l1'],
  ] as const) {
    const adapted = collections.map((collection) => createCollection(espalierCollection(collection)))
    await Promise.all(adapted.map((each) => each.preload()))
    expect(await renameInAll(adapted as never, key)).toEqual(['0', '1'])
    await Promise.all(adapted.map((each) => each.cleanup()))
  }
  await db.close()
})
