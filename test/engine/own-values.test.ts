import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { makeBareRepository } from '../support/git-repositories.ts'
import { definition } from '../support/layout-database.ts'
import { openOn } from './world.ts'

const host = useGitHost()

beforeAll(() =>
  makeBareRepository(host.path, 'things', {
    '.ingitdb/root-collections.yaml': 'things: things\n',
    'things/.collection/definition.yaml': definition('{key}.json', 'json', 'single', []),
    'things/$records/seed.json': '{ "name": { "a": 0 } }\n',
  }),
)

function open(): Promise<Database> {
  return openOn(createMemoryStorage(), `${host.server.url}/things.git`, { validate: 'off' })
}

test('an app that changes an object after it was written changes no record', async () => {
  const db = await open()
  const things = db.collection('things')
  const given = (): { name: { a: number }; list: { b: number }[] } => ({ name: { a: 1 }, list: [{ b: 1 }] })
  const one = given()
  const patch = given()
  const part = given()
  const all = given()
  const many = Array.from({ length: 100 }, (_, n) => ({ $id: `m${n}`, ...given() }))
  const carried = given()
  await things.insertMany(['a', 'b', 'c'].map(($id) => ({ $id, ...one })))
  await things.update('a', patch)
  await things.updateMany([{ key: 'b', patch: part }])
  await things.updateMany({ where: { $id: 'c' } }, all)
  await things.insertMany(many)
  await db.applyChanges([{ collection: 'things', key: 'd', after: carried }])
  for (const object of [one, patch, part, all, carried, ...many]) {
    object.name.a = 2
    for (const item of object.list) item.b = 2
  }
  await db.commit({ message: 'What was written' })
  for (const key of ['a', 'b', 'c', 'd', 'm0', 'm99'])
    expect(await things.get(key, { at: 'HEAD' }), key).toMatchObject(given())
  await db.close()
})

test('values that are no JSON are refused as ever, also one that holds itself', async () => {
  const db = await open()
  const things = db.collection('things')
  const circle: { self?: unknown } = {}
  circle.self = circle
  for (const value of [circle, new Date(), () => 1])
    await expect(things.insert({ $id: 'x', value: value as never })).rejects.toMatchObject({
      code: 'record/bad-value',
    })
  await things.insert({ $id: 'proto', value: JSON.parse('{ "__proto__": { "a": 1 } }') as never })
  expect(JSON.stringify(await things.get('proto'))).toContain('"value":{"__proto__":{"a":1}}')
  await db.close()
})

test('what is read cannot be changed, so that nobody else reads it otherwise', async () => {
  const db = await open()
  const things = db.collection('things')
  await things.insert({ $id: 'a', name: { a: 1 } })
  const shown = await new Promise<unknown>((resolve) => {
    const stop = things.find({ where: { $id: 'a' } }).subscribe(({ rows: [row] }) => {
      resolve(row)
      queueMicrotask(() => stop())
    })
  })
  const [found] = await things.find({ where: { $id: 'a' } })
  const [change] = await db.changes()
  const [difference] = await db.diff()
  const reads: readonly unknown[] = [
    await things.get('a'),
    ...(await things.getMany(['a'])),
    ...(await things.all()),
    found,
    shown,
    change?.after,
    difference?.after,
  ]
  for (const read of reads) {
    const { name } = read as { name: { a: number } }
    expect(() => {
      name.a = 2
    }).toThrow(TypeError)
    expect(() => Object.assign(read as object, { name: 2 })).toThrow(TypeError)
  }
  expect(found?.$rev).toBe((await things.get('a'))?.$rev)
  await db.close()
})
