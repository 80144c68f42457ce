import { afterAll, expect, test } from 'vitest'
import { createNativeRepository, memoryReader } from '../node/node-native-git.testing.ts'
import type { Oid } from '../objects/oid.ts'
import { readPackIndex } from '../packs/pack-index.ts'
import { createRandom, randomHistory } from '../history/random-history.testing.ts'
import { createRefs } from './refs.ts'
import { idsWithPrefix, resolveRevision } from './revision.ts'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const native = createNativeRepository()
native.git(['fast-import', '--quiet', '--force'], randomHistory(createRandom(77), 60))
native.git(['tag', '-a', '-m', 'A tag', 'release/1', 'b50'])
native.git(['symbolic-ref', 'HEAD', 'refs/heads/b59'])
native.git(['repack', '-adq'])
afterAll(() => native.remove())

const objects = memoryReader(native.objects())
const rows = native
  .git(['for-each-ref', '--format=%(refname) %(objectname)'])
  .split('\n')
  .filter(Boolean)
  .map((line) => {
    const [name = '', value = ''] = line.split(' ')
    return { name, value }
  })
const refs = createRefs([...rows, { name: 'HEAD', value: 'ref: refs/heads/b59' }])
const packs = join(native.dir, 'objects/pack')
const index = readPackIndex(
  readFileSync(join(packs, readdirSync(packs).find((name) => name.endsWith('.idx')) ?? '')),
)
const source = {
  refs,
  objects,
  findByPrefix: (prefix: string): readonly Oid[] => idsWithPrefix(index, prefix),
}

test('revisions lead to the commits that git rev-parse names, or to none', async () => {
  const names = ['HEAD', '@', 'b59', 'b40', 'refs/heads/b30', 'release/1', 'b12']
  const tip = native.git(['rev-parse', 'b59']).trim()
  names.push(tip, tip.slice(0, 10), tip.slice(0, 7).toUpperCase())
  const steps = ['', '~', '^', '~3', '^2', '^2~1', '~~', '^^', '~2^2', '^0', '~0', '^3', '~40', '~1^0~1']
  let found = 0
  for (const name of names) {
    for (const step of steps) {
      let wanted: string | undefined
      try {
        wanted = native.git(['rev-parse', '--verify', '--quiet', `${name}${step}^{commit}`]).trim()
        found++
      } catch {}
      const ours = resolveRevision(source, name + step)
      if (wanted === undefined) await expect(ours).rejects.toMatchObject({ code: 'git/ref-missing' })
      else expect(await ours).toBe(wanted)
    }
  }
  expect(found).toBeGreaterThan(60)
})

test('every id is found by its first digits, and too few of them are refused', async () => {
  for (let at = 0; at < index.count; at += 7) {
    const oid = index.oidAt(at)
    expect(idsWithPrefix(index, oid.slice(0, 12))).toEqual([oid])
  }
  expect(idsWithPrefix(index, '')).toHaveLength(index.count)
  expect(idsWithPrefix(index, 'ffffffffffffff')).toEqual([])
  await expect(resolveRevision(source, 'abc')).rejects.toMatchObject({ code: 'git/ref-missing' })
  await expect(resolveRevision(source, '~1')).rejects.toMatchObject({ code: 'git/ref-missing' })
  await expect(resolveRevision(source, 'b59^{tree}')).rejects.toMatchObject({ code: 'git/ref-missing' })
})

test('HEAD is what the caller says, where it says so', async () => {
  const head = native.git(['rev-parse', 'b20']).trim() as Oid
  expect(await resolveRevision({ ...source, head }, 'HEAD~1')).toBe(native.git(['rev-parse', 'b20~1']).trim())
})
