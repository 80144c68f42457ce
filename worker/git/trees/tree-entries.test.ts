import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { createMemoryStorage } from '../../storage/memory-storage.ts'
import { createNativeRepository } from '../node/node-native-git.testing.ts'
import { createObjectStore } from '../packs/object-store.ts'
import { createRandom } from '../history/random-history.testing.ts'
import { parseCommitLinks } from '../objects/commit.ts'
import { createTreeEntries } from './tree-entries.ts'
import { findPath } from './tree-walk.ts'
import type { Oid } from '../objects/oid.ts'

const native = createNativeRepository()
afterAll(() => native.remove())

/** Names that sort in odd ways beside each other, as files and as folders. */
const names = Array.from({ length: 260 }, (_, i) => `n${i % 130}${['', '.b', '-', '0'][Math.floor(i / 65)]}`)

function randomTrees(seed: number, commits: number): string {
  const random = createRandom(seed)
  const data = (text: string): string => `data ${text.length}\n${text}\n`
  let stream = ''
  for (let n = 0; n < commits; n++) {
    stream += `commit refs/heads/main\ncommitter Ada <ada@example.com> ${1_700_000_000 + n} +0000\n${data(`c${n}`)}`
    const edits = n === 0 ? 200 : 1 + random.below(3)
    for (let i = 0; i < edits; i++) {
      const name = random.pick(names)
      const roll = random.next()
      if (n > 0 && roll < 0.35) stream += `D d/${name}\n`
      else stream += `M 100644 inline d/${name}${roll > 0.85 ? '/below' : ''}\n${data(`v${random.below(4)}`)}`
    }
  }
  return stream
}

test('finds in every version of a large folder what reading it finds, and reads few of them', async () => {
  native.git(['fast-import', '--quiet', '--force'], randomTrees(31, 300))
  native.git(['repack', '-adfq', '--depth=50', '--window=10'])
  const folder = join(native.dir, 'objects/pack')
  const pack = readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.pack')) ?? ''))
  const storage = createMemoryStorage()
  const store = await createObjectStore(storage)
  const ingest = store.ingest()
  await ingest.write(new Uint8Array(pack))
  const received = await ingest.finish()
  await received?.stored
  if (received) store.adopt(received.row)
  const roots: Oid[] = []
  for (const oid of native.git(['rev-list', 'main']).split('\n').filter(Boolean))
    roots.push(parseCommitLinks((await store.read(oid as Oid)).bytes).tree) // git's own words
  const wanted = new Map<string, Oid | undefined>()
  const looked = [...names.filter((_, i) => i % 9 === 0), 'a', 'zz', 'n', 'n1.']
  for (const root of roots)
    for (const name of looked) wanted.set(root + name, (await findPath(store, root, `d/${name}`))?.oid)

  const read = vi.spyOn(store, 'read')
  const entries = createTreeEntries(store)
  for (const root of roots)
    for (const name of looked) expect(await entries.findPath(root, `d/${name}`)).toBe(wanted.get(root + name))
  expect(read.mock.calls.length).toBeLessThan((roots.length * looked.length) / 4)
  expect(await entries.findPath(roots[0] as Oid, '')).toBe(roots[0])
  expect(await entries.findPath(roots[0] as Oid, 'nothing/below')).toBeUndefined()
})
