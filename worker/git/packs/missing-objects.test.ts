import { afterAll, describe, expect, it } from 'vitest'
import { missingObjects } from './missing-objects.ts'
import { createNativeRepository, memoryReader } from '../node/node-native-git.testing.ts'
import type { Oid } from '../objects/oid.ts'
import { createRandom, randomHistory } from '../history/random-history.testing.ts'
import { applyDelta } from '../deltas/delta.ts'
import { treeDelta } from '../trees/tree-delta.ts'

const native = createNativeRepository()
afterAll(() => native.remove())
const random = createRandom(21)
native.git(['fast-import', '--quiet', '--force'], randomHistory(random, 80))
const objects = native.objects()
const reader = memoryReader(objects)
const lines = (text: string): string[] => text.split('\n').filter(Boolean)
const tips = lines(native.git(['for-each-ref', '--format=%(objectname)', 'refs/heads/'])) as Oid[]

describe('missingObjects', () => {
  it('lists what git would list, never more, and leaves nothing out', async () => {
    for (let i = 0; i < 40; i++) {
      const want = [random.pick(tips), random.pick(tips)].slice(0, 1 + random.below(2))
      const have = Array.from({ length: random.below(3) }, () => random.pick(tips))
      const list = (args: readonly string[]): string[] =>
        lines(native.git(['rev-list', '--objects', '--no-object-names', ...args]))
      const theirs = list([...want, '--not', ...have])
      const reachable = new Set(have.length === 0 ? [] : list(have))
      const ours = (await missingObjects(reader, { want, have })).map(({ oid }) => oid)
      expect(new Set(ours).size).toBe(ours.length)
      for (const oid of list(want)) if (!reachable.has(oid)) expect(ours).toContain(oid)
      // More than git lists only what came back from older history at another path.
      const extra = ours.filter((oid) => !theirs.includes(oid))
      expect(extra.length, extra.join()).toBeLessThanOrEqual(6)
    }
  })

  it('gives bases that the other side has or that come before', async () => {
    const want = [tips[tips.length - 1] as Oid]
    const have = [tips[5] as Oid]
    const reachable = new Set(lines(native.git(['rev-list', '--objects', '--no-object-names', ...have])))
    for (const { oid, base } of await missingObjects(reader, { want, have })) {
      reachable.add(oid)
      if (base === undefined) continue
      expect(reachable.has(base)).toBe(true)
      const bytes = (o: Oid): Uint8Array => objects.get(o)?.bytes ?? new Uint8Array()
      expect(applyDelta(bytes(base), treeDelta(bytes(base), bytes(oid)))).toEqual(bytes(oid))
    }
  })

  it('needs no history behind the shallow boundary, and says so when it is missing elsewhere', async () => {
    const tip = tips.find((oid) => lines(native.git(['rev-list', oid])).length > 4) as Oid
    const [, second = ''] = lines(native.git(['rev-list', '--first-parent', tip]))
    const kept = new Map(
      [...objects].filter(([oid, { type }]) => type !== 'commit' || oid === tip || oid === second),
    )
    const shallow = new Set([second as Oid])
    const extra = lines(native.git(['rev-list', '--no-walk', `${tip}^@`])) as Oid[]
    for (const oid of extra) {
      const object = objects.get(oid)
      if (object !== undefined) kept.set(oid, object)
      shallow.add(oid)
    }
    const missing = await missingObjects(memoryReader(kept), { want: [tip], have: [second as Oid], shallow })
    expect(missing.filter(({ type }) => type === 'commit').map(({ oid }) => oid)).toContain(tip)
    await expect(missingObjects(memoryReader(kept), { want: [tip], have: [] })).rejects.toMatchObject({
      code: 'git/history-missing',
    })
  })
})
