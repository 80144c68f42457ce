import { afterAll, describe, expect, it } from 'vitest'
import { createHistory } from './history.ts'
import { log } from './log.ts'
import { aheadBehind, countAhead, isAncestor, mergeBases } from './merge-base.ts'
import { createNativeRepository, memoryReader } from '../node/node-native-git.testing.ts'
import type { Oid } from '../objects/oid.ts'
import { createRandom, randomHistory } from './random-history.testing.ts'
import { formatCommit, parseCommit } from '../objects/commit.ts'
import { diffTrees } from '../trees/tree-diff.ts'
import { listFiles } from '../trees/tree-walk.ts'

const repositories = [11, 12].map((seed) => {
  const native = createNativeRepository()
  const random = createRandom(seed)
  native.git(['fast-import', '--quiet', '--force'], randomHistory(random, 70))
  const objects = native.objects()
  return { seed, native, random, objects, reader: memoryReader(objects) }
})
afterAll(() => repositories.forEach(({ native }) => native.remove()))
const lines = (text: string): string[] => text.split('\n').filter(Boolean)

describe.each(repositories)(
  'a random history of native git (seed $seed)',
  ({ native, random, objects, reader }) => {
    const tips = lines(native.git(['for-each-ref', '--format=%(objectname)', 'refs/heads/'])) as Oid[]

    it('logs in the order of git', async () => {
      for (const tip of tips) {
        const ours = await log(reader, tip)
        expect(ours.map((entry) => entry.oid)).toEqual(lines(native.git(['log', '--format=%H', tip])))
      }
      const tip = tips[tips.length - 1] as Oid
      expect((await log(reader, tip, { firstParent: true })).map((e) => e.oid)).toEqual(
        lines(native.git(['log', '--first-parent', '--format=%H', tip])),
      )
      expect((await log(reader, tips, { limit: 9, skip: 4 })).map((e) => e.oid)).toEqual(
        lines(native.git(['log', '-9', '--skip=4', '--format=%H', ...tips])),
      )
    })

    it('reads commits, and writes them back, byte for byte', async () => {
      for (const { oid, commit } of await log(reader, tips)) {
        expect(formatCommit(commit)).toEqual(objects.get(oid)?.bytes)
      }
      const rows = lines(native.git(['log', '--format=%H|%T|%P|%an|%ae|%at|%cn|%ce|%ct|%s', ...tips]))
      const ours = (await log(reader, tips)).map(({ oid, commit: c }) =>
        [
          oid,
          c.tree,
          c.parents.join(' '),
          c.author.name,
          c.author.email,
          c.author.timestamp,
          c.committer.name,
          c.committer.email,
          c.committer.timestamp,
          c.message.trimEnd(),
        ].join('|'),
      )
      expect(ours).toEqual(rows)
    })

    it('finds all merge bases, ancestors and distances as git does', async () => {
      const history = createHistory(reader)
      for (let i = 0; i < 40; i++) {
        const [a, b] = [random.pick(tips), random.pick(tips)]
        const theirs = spawnLines(() => native.git(['merge-base', '--all', a, b]))
        expect([...(await mergeBases(history, a, b))].sort()).toEqual(theirs.sort())
        expect(await isAncestor(history, a, b)).toBe(theirs.includes(a))
        const [ahead, behind] = native
          .git(['rev-list', '--left-right', '--count', `${a}...${b}`])
          .trim()
          .split('\t')
        expect(await aheadBehind(history, a, b)).toEqual({ ahead: Number(ahead), behind: Number(behind) })
        const [c, d] = [random.pick(tips), random.pick(tips)]
        // Not `rev-list a b --not c d`: with clocks as wrong as these git's own answer is (commits of c among them).
        const known = new Set(lines(native.git(['rev-list', c, d])))
        const only = lines(native.git(['rev-list', a, b])).filter((oid) => !known.has(oid))
        expect(await countAhead(history, [a, b], [c, d])).toBe(only.length)
      }
    })

    it('diffs and lists trees as git does', async () => {
      for (let i = 0; i < 30; i++) {
        const [a, b] = [random.pick(tips), random.pick(tips)]
        const theirs = lines(
          native
            .git(['-c', 'core.quotePath=false', 'diff-tree', '-r', '--no-renames', '-z', a, b])
            .replaceAll('\0:', '\n:')
            .replaceAll('\0', '\t'),
        ).map((row) => row.replace(/\t$/, ''))
        const tree = (oid: Oid): Oid => parseCommit(objects.get(oid)?.bytes ?? new Uint8Array()).tree
        const letter = { added: 'A', deleted: 'D', modified: 'M' }
        const ours = (await diffTrees(reader, tree(a), tree(b))).map(
          (c) =>
            `:${c.oldMode.toString(8).padStart(6, '0')} ${c.newMode.toString(8).padStart(6, '0')} ${c.oldOid ?? '0'.repeat(40)} ${c.newOid ?? '0'.repeat(40)} ${typeChanged(c) ? 'T' : letter[c.kind]}\t${c.path}`,
        )
        expect(ours.sort()).toEqual(theirs.sort())
        const files = native.git(['ls-tree', '-rz', a]).split('\0').filter(Boolean)
        expect(
          (await listFiles(reader, tree(a))).map(
            (f) => `${f.mode.toString(8).padStart(6, '0')} blob ${f.oid}\t${f.path}`,
          ),
        ).toEqual(files)
      }
    })

    it('stops at the shallow boundary and names history that is missing', async () => {
      const tip = tips[tips.length - 1] as Oid
      const all = await log(reader, tip)
      const boundary = all.find((entry) => entry.parents.length > 0 && entry.oid !== tip)
      if (boundary === undefined) throw new Error('the seed gives no history')
      const reachable = new Set(
        (await log(reader, tip, { shallow: new Set([boundary.oid]) })).map((e) => e.oid),
      )
      const partial = memoryReader(
        new Map([...objects].filter(([oid, o]) => o.type !== 'commit' || reachable.has(oid))),
      )
      const entries = await log(partial, tip, { shallow: new Set([boundary.oid]) })
      expect(entries.find((e) => e.oid === boundary.oid)?.parents).toEqual([])
      expect(entries.find((e) => e.oid === boundary.oid)?.commit.parents).toEqual(boundary.parents)
      if (boundary.parents.some((p) => !reachable.has(p))) {
        await expect(log(partial, tip)).rejects.toMatchObject({ code: 'git/history-missing' })
        await expect(
          log(partial, boundary.parents.find((p) => !reachable.has(p)) as Oid),
        ).rejects.toMatchObject({
          code: 'git/object-missing',
        })
      }
    })
  },
)

const typeChanged = (c: { oldMode: number; newMode: number }): boolean =>
  c.oldMode !== 0 && c.newMode !== 0 && (c.oldMode & 0o170000) !== (c.newMode & 0o170000)

/** `git merge-base` ends with 1 when there is none. */
function spawnLines(run: () => string): string[] {
  try {
    return lines(run())
  } catch {
    return []
  }
}
