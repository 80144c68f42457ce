import { describe, expect, test } from 'vitest'
import { git } from '../support/git-repositories.ts'
import { hasDemoDatabase } from '../support/demo-repository.ts'
import { useDemoWorld } from './demo-world.ts'

describe.runIf(hasDemoDatabase('demo database'))('the demo database, through open', () => {
  const demo = useDemoWorld()

  test('has 18 collections and a subcollection, 314 records, and no issue', async () => {
    const { collections, issues } = await demo.db.collections()
    expect(issues).toEqual([])
    expect(collections).toHaveLength(19)
    expect(collections.reduce((sum, { count }) => sum + (count ?? 0), 0)).toBe(314)
    for (const { definition, count } of collections) {
      const collection = demo.db.collection(definition.id)
      expect(await collection.problems()).toEqual([])
      const rows = await collection.all()
      expect(rows).toHaveLength(count ?? -1)
      for (const row of rows) expect(await collection.get(row.$id)).toEqual(row)
    }
  })

  test('one edited record in each collection is one changed line in each file', async () => {
    const { collections } = await demo.db.collections()
    for (const { definition } of collections) {
      const collection = demo.db.collection(definition.id)
      const [row] = await collection.all()
      const field = Object.keys(row ?? {}).find(
        (name) =>
          !name.startsWith('$') && typeof row?.[name] === 'string' && !String(row[name]).includes('\n'),
      )
      if (row && field) await collection.update(row.$id, { [field]: 'changed' })
      else if (row) {
        const [name, map] = Object.entries(row).find(([, value]) => typeof value === 'object') ?? ['', {}]
        await collection.update(row.$id, { [name]: { ...(map as object), en: 'changed' } })
      }
    }
    expect(await demo.db.changes()).toHaveLength(19)
    await demo.db.commit({ message: 'One record each' })
    expect(await demo.db.push()).toMatchObject({ status: 'pushed' })
    git(demo.bare, 'fsck', '--strict')
    const lines = git(demo.bare, 'diff', '--numstat', 'main~1', 'main').trim().split('\n')
    expect(lines).toHaveLength(19)
    for (const line of lines) expect(line).toMatch(/^1\t1\t/)
    for (const { definition } of collections) {
      const row = (await demo.db.collection(definition.id).all())[0]
      expect(JSON.stringify(row)).toContain('changed')
    }
  })

  test('reads, edits and guards the details of one order', async () => {
    const orders = demo.db.collection('commerce.orders')
    const details = orders.record('ord001').collection('order_details')
    const rows = await details.all()
    const whole = await demo.db.collection('commerce.orders/order_details').all()
    expect(rows.length).toBeGreaterThan(0)
    expect(whole.filter(({ $parent }) => $parent === 'ord001').map(({ $id }) => $id)).toEqual(
      rows.map(({ $id }) => `ord001/${$id}`),
    )
    await details.insert({ $id: 'od_new', product_id: 'prod001', quantity: 2 })
    await expect(
      orders.record('nobody').collection('order_details').insert({ $id: 'x' }),
    ).rejects.toMatchObject({
      code: 'record/missing',
      data: { collection: 'commerce.orders', key: 'nobody' },
    })
    await expect(orders.delete('ord001')).rejects.toMatchObject({ code: 'record/referenced' })
    expect(await details.get('od_new')).toMatchObject({ $id: 'od_new', $parent: 'ord001', quantity: 2 })
    expect(await details.count()).toBe(rows.length + 1)
    await demo.db.discard()
    expect(await details.count()).toBe(rows.length)
  })
})
