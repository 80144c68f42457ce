import { describe, expect, test } from 'vitest'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { Registry } from './registry.ts'

/** What every registry does. `reopen` gives another view of the same rows, as another tab or process has. */
export function describeRegistry(name: string, open: () => Promise<{ reopen: () => Registry }>): void {
  describe(`registry: ${name}`, () => {
    test('rows are made, changed and deleted, and every view sees them, in the order of ids', async () => {
      const { reopen } = await open()
      const one = reopen()
      const other = reopen()
      expect(await one.all()).toEqual([])
      expect(await one.get('a')).toBeUndefined()
      expect(await one.update('b', (before) => ({ n: before === undefined ? 1 : 0 }))).toEqual({ n: 1 })
      await one.update('__proto__', () => ({ name: '<b>"' }), 'strict')
      await other.update('a', () => ({ n: 2 }))
      expect(await one.all()).toEqual([
        { id: '__proto__', value: { name: '<b>"' } },
        { id: 'a', value: { n: 2 } },
        { id: 'b', value: { n: 1 } },
      ])
      expect(await other.get('__proto__')).toEqual({ name: '<b>"' })
      expect(await other.update('b', () => undefined, 'strict')).toBeUndefined()
      expect(await other.update('missing', () => undefined)).toBeUndefined()
      expect((await one.all()).map(({ id }) => id)).toEqual(['__proto__', 'a'])
    })

    test('changes of one row from everywhere at once all count', async () => {
      const { reopen } = await open()
      const views = [reopen(), reopen(), reopen()]
      const add = (value: unknown): number => Number(value ?? 0) + 1
      await Promise.all(Array.from({ length: 12 }, (_, n) => views[n % 3]?.update('count', add)))
      expect(await reopen().get('count')).toBe(12)
    })

    test('a change that throws changes nothing', async () => {
      const { reopen } = await open()
      const registry = reopen()
      await registry.update('a', () => ({ n: 1 }))
      const failure = registry.update('a', () => {
        throw new EspalierError('engine/bad-argument', 'No.')
      })
      await expect(failure).rejects.toMatchObject({ code: 'engine/bad-argument' })
      expect(await registry.get('a')).toEqual({ n: 1 })
    })

    test('what is handed out cannot change what is kept', async () => {
      const { reopen } = await open()
      const registry = reopen()
      const value = { list: [1] }
      await registry.update('a', () => value)
      value.list.push(2)
      const read = (await registry.get('a')) as typeof value // as it was put
      read.list.push(3)
      expect(await registry.get('a')).toEqual({ list: [1] })
    })
  })
}
