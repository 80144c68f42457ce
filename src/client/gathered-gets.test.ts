import { expect, test } from 'vitest'
import type { Engine } from '../protocol/engine.ts'
import { EspalierError } from '../protocol/errors.ts'
import type { Row } from '../protocol/records.ts'
import { connectInProcess } from './connection.ts'
import { gatheredGet } from './gathered-gets.ts'

const row = (key: string): Row => ({ $id: key, $rev: `rev of ${key}` })
const broken = new EspalierError('format/bad-record', 'This file is broken.').toJSON()

/** An engine that only reads, and notes its calls. */
function reader(): { engine: Engine; calls: string[] } {
  const calls: string[] = []
  const versions: Partial<Engine['versions']> = {}
  const engine: Pick<Engine, 'get' | 'getMany' | 'versions'> = {
    versions: versions as Engine['versions'], // none of them is called here
    get: async (handle, collection, key) => {
      calls.push(`get ${handle} ${collection} ${key}`)
      return key === 'broken' ? { ok: false, error: broken } : { ok: true, value: row(key) }
    },
    getMany: async (handle, collection, keys) => {
      calls.push(`getMany ${handle} ${collection} ${keys.join()}`)
      return keys.includes('broken')
        ? { ok: false, error: broken }
        : { ok: true, value: keys.map((key) => (key === 'none' ? undefined : row(key))) }
    },
  }
  return { engine: engine as Engine, calls } // nothing else is called here
}

test('gets of one tick are one message for each handle and collection', async () => {
  const { engine, calls } = reader()
  const connection = connectInProcess(engine)
  const get = (handle: number, id: string, key: string): Promise<Row | undefined> =>
    gatheredGet(connection, handle, id, key)
  const rows = await Promise.all([
    get(1, 'a', 'x'),
    get(1, 'a', 'none'),
    get(2, 'a', 'x'),
    get(1, 'b', 'x'),
    get(1, 'a', 'x'),
  ])
  expect(rows).toEqual([row('x'), undefined, row('x'), row('x'), row('x')])
  expect(calls).toEqual(['getMany 1 a x,none,x', 'get 2 a x', 'get 1 b x'])

  calls.length = 0
  await get(1, 'a', 'y')
  await get(1, 'a', 'z')
  expect(calls).toEqual(['get 1 a y', 'get 1 a z'])
})

test('a record that cannot be read fails alone', async () => {
  const { engine } = reader()
  const connection = connectInProcess(engine)
  const [good, bad, other] = await Promise.allSettled(
    ['x', 'broken', 'y'].map((key) => gatheredGet(connection, 1, 'a', key)),
  )
  expect(good).toEqual({ status: 'fulfilled', value: row('x') })
  expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'format/bad-record' } })
  expect(other).toEqual({ status: 'fulfilled', value: row('y') })
})
