import { describe, expect, test } from 'vitest'
import type { Branch } from '../../src/client/database.ts'
import { git } from '../support/git-repositories.ts'
import { hasDemoDatabase } from '../support/demo-repository.ts'
import { useDemoWorld } from './demo-world.ts'
import { anyValues } from './world.ts'

describe.runIf(hasDemoDatabase('merges of the demo database'))('the demo database', () => {
  const demo = useDemoWorld()

  test('merges edits of two sides in every collection with exactly the expected conflicts', async () => {
    const ours = await demo.db.branches.create('ours')
    const theirs = await demo.db.branches.create('theirs')
    const { collections } = await demo.db.collections()
    const expected: string[] = []
    const wanted: { id: string; key: string; field: string; value: string }[] = []
    for (const { definition } of collections) {
      const rows = await demo.db.collection(definition.id).all()
      const want = (key: string, field: string, value: string): void => {
        wanted.push({ id: definition.id, key, field, value })
      }
      const set = async (branch: Branch, key: string, field: string, value: string): Promise<void> => {
        await branch.collection(definition.id).update(key, { [field]: value }, anyValues)
      }
      for (const [index, row] of rows.slice(0, 4).entries()) {
        const fields = Object.keys(row).filter(
          (name) =>
            !name.startsWith('$') && typeof row[name] === 'string' && !String(row[name]).includes('\n'),
        )
        const [first, second = first] = fields
        if (first === undefined || second === undefined) continue
        // The first conflicts, the second is edited in two fields, the others on one side.
        if (index === 0) {
          await set(ours, row.$id, first, 'ours')
          await set(theirs, row.$id, first, 'theirs')
          expected.push(`${definition.id}/${row.$id} ${first}`)
          want(row.$id, first, 'theirs')
        } else if (index === 1 && first !== second) {
          await set(ours, row.$id, first, 'ours')
          await set(theirs, row.$id, second, 'theirs')
          want(row.$id, first, 'ours')
          want(row.$id, second, 'theirs')
        } else if (index > 1) {
          const [branch, name] = index === 2 ? ([ours, 'ours'] as const) : ([theirs, 'theirs'] as const)
          await set(branch, row.$id, first, name)
          want(row.$id, first, name)
        }
      }
    }
    await theirs.commit({ message: 'Theirs' })
    await ours.commit({ message: 'Ours' })
    expect(expected.length).toBeGreaterThan(15)
    const merge = await ours.merge.start('theirs')
    expect(
      merge.conflicts.map(({ collection, key, path }) => `${collection}/${key} ${path.join('.')}`),
    ).toEqual(expected.toSorted())
    await merge.resolveAll('theirs')
    // Values that break rules do so on the side that wrote them already.
    expect(merge.violations.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    for (const { id, key, field, value } of wanted)
      expect(await ours.collection(id).get(key), `${id}/${key}`).toMatchObject({ [field]: value })
  })

  test('takes edits of products along that were made before their files became Markdown', async () => {
    const later = git(demo.bare, 'log', '--format=%H', '--grep=store products as markdown', 'main').trim()
    const old = await demo.db.branches.create('old', { from: `${later}~1` })
    const { collections } = await old.collections()
    const id = collections.find(({ definition }) => definition.id.endsWith('products'))?.definition.id ?? ''
    const [row] = await old.collection(id).all()
    const field =
      Object.keys(row ?? {}).find((name) => !name.startsWith('$') && typeof row?.[name] === 'string') ?? ''
    await old.collection(id).update(row?.$id ?? '', { [field]: 'Edited before' }, anyValues)
    await old.commit({ message: 'An old edit' })
    const main = await demo.db.branches.create('now', { from: 'main' })
    const merge = await main.merge.start('old')
    expect(merge.conflicts).toEqual([])
    expect(await merge.commit()).toMatchObject({ status: 'merged' })
    expect(await main.collection(id).get(row?.$id ?? '')).toMatchObject({ [field]: 'Edited before' })
    expect(await main.collection(id).problems()).toEqual([])
  })
})
