import { describe, expect, test } from 'vitest'
import type { Snapshot } from '../../src/client/database.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { git } from '../support/git-repositories.ts'
import { hasDemoDatabase } from '../support/demo-repository.ts'
import { useDemoWorld } from './demo-world.ts'

describe.runIf(hasDemoDatabase('history of the demo database'))('the history of the demo database', () => {
  const demo = useDemoWorld()

  /** Every record of a view, by `collection key`. */
  const recordsOf = async (view: Snapshot): Promise<Map<string, RecordValue>> => {
    const records = new Map<string, RecordValue>()
    for (const { definition, count } of (await view.collections()).collections) {
      if (count === null) continue
      for (const row of await view.collection(definition.id).all()) {
        const fields = Object.entries(row).filter(([name]) => !/^\$(?:id|rev|parent|status)$/.test(name))
        records.set(`${definition.id} ${row.$id}`, Object.fromEntries(fields) as RecordValue) // without what rows add
      }
    }
    return records
  }

  test('the diff from each earlier commit that is a database makes today of it', async () => {
    const now = await recordsOf(demo.db)
    let compared = 0
    for (let back = 0; back < 12; back++) {
      const then = await demo.db.at(`main~${back}`).catch(() => undefined)
      if (!then || (await then.collections()).collections.some(({ count }) => count === null)) continue
      const records = await recordsOf(then)
      const diffs = await demo.db.diff(`main~${back}`)
      for (const { collection, key, from, before } of diffs) {
        expect(records.get(`${collection} ${from?.key ?? key}`)).toEqual(before)
        records.delete(`${collection} ${from?.key ?? key}`)
      }
      for (const { collection, key, after } of diffs) if (after) records.set(`${collection} ${key}`, after)
      expect([...records].sort()).toEqual([...now].sort())
      const stat = await demo.db.diff(`main~${back}`).stat()
      expect(stat.rowsAdded + stat.rowsDeleted + stat.rowsModified).toBe(diffs.length)
      if (diffs.length > 0) compared++
      await then.close()
    }
    expect(compared).toBeGreaterThan(0)
  })

  test('the commits of a record are those of its file and of the definition that made it a record', async () => {
    const tracked = git(demo.bare, 'ls-tree', '-r', '--name-only', 'main').split('\n')
    let compared = 0
    for (const id of ['commerce.orders', 'commerce.products', 'geo.countries']) {
      const { definition } =
        (await demo.db.collections()).collections.find(({ definition: each }) => each.id === id) ?? {}
      if (!definition) continue
      for (const { $id } of await demo.db.collection(id).all()) {
        const file = `${definition.recordsDir}/${definition.recordFile.name.replace('{key}', $id)}`
        if (!tracked.includes(file)) continue
        const log = (...paths: readonly string[]): readonly string[] =>
          git(demo.bare, 'log', '--format=%H', 'main', '--', ...paths).split('\n')
        const commits = (await demo.db.collection(id).history($id)).map(({ commit }) => commit.oid)
        // A file becomes a record with the definition that makes it one.
        const defined = log('.ingitdb', definition.definitionPath)
        for (const commit of commits) expect([...log(file), ...defined]).toContain(commit)
        expect(commits.length).toBeGreaterThan(0)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(5)
  })
})
