import type { ErrorCode } from '../../src/protocol/error-codes.ts'
import { isEspalierError } from '../../src/protocol/errors.ts'
import type { PackRow, Storage, Write } from './storage.ts'

/** One kind of storage under test. It needs no test runner, so that the suite runs in a browser page too. */
export interface StorageHarness {
  /** Another instance on the same bytes. */
  open(): Promise<Storage>
  /** Runs work while writes are refused for lack of room. */
  whileFull(work: () => Promise<void>): Promise<void>
  /** May two instances be open at once? */
  readonly several: boolean
}

/** One promise that every storage keeps. `several` cases need two instances at once. */
export interface StorageCase {
  readonly name: string
  readonly several?: true
  run(harness: StorageHarness): Promise<void>
}

/** The shared conformance suite: the cases that this kind of storage can be asked. */
export function storageCases(several: boolean): readonly StorageCase[] {
  return cases.filter((test) => several || !test.several)
}

const cases: readonly StorageCase[] = [
  {
    name: 'A new store is empty and has an epoch',
    async run({ open }) {
      const storage = await open()
      const { stamp: _, ...state } = await storage.readState()
      same(
        { ...state, epoch: 0 },
        {
          epoch: 0,
          packs: [],
          packIds: [],
          refs: [],
          journal: [],
          journalSeqs: new Map(),
          meta: new Map(),
        },
      )
      same(Number.isSafeInteger(state.epoch), true)
      await storage.close()
    },
  },
  {
    name: 'Everything of an acknowledged batch is there after reopening',
    async run({ open }) {
      const storage = await open()
      const outcome = await storage.commit({
        writes: [
          { kind: 'putPack', row: pack('b', 10) },
          { kind: 'putPack', row: pack('a', 20) },
          { kind: 'setRef', name: 'refs/heads/main', value: 'one' },
          { kind: 'setRef', name: 'HEAD', value: 'ref: refs/heads/main' },
          { kind: 'appendJournal', scope: 'main', entry: { ops: [1, 'é', null, { __proto__x: true }] } },
          { kind: 'appendJournal', scope: 'main', entry: bytes(3) },
          { kind: 'appendJournal', scope: 'draft', entry: 'x' },
          { kind: 'appendReflog', ref: 'HEAD', entry: 'moved' },
          { kind: 'setMeta', key: '__proto__', value: { nested: [true] } },
        ],
      })
      same(outcome.ok && outcome.journalSeqs, new Map([['main', 2], ['draft', 1]])) // prettier-ignore
      await storage.close()
      const reopened = await open()
      const state = await reopened.readState()
      same(state.packs, [pack('a', 20), pack('b', 10)])
      same(state.packIds, ['a', 'b'])
      same(state.refs, [
        { name: 'HEAD', value: 'ref: refs/heads/main', version: 1 },
        { name: 'refs/heads/main', value: 'one', version: 1 },
      ])
      same(state.journal, [
        { scope: 'draft', seq: 1, entry: 'x' },
        { scope: 'main', seq: 1, entry: { ops: [1, 'é', null, { __proto__x: true }] } },
        { scope: 'main', seq: 2, entry: bytes(3) },
      ])
      same(state.journalSeqs, new Map([['draft', 1], ['main', 2]])) // prettier-ignore
      same(state.meta, new Map([['__proto__', { nested: [true] }]]))
      same(await reopened.readReflog(), [{ scope: 'HEAD', seq: 1, entry: 'moved' }])
      await reopened.close()
    },
  },
  {
    name: 'A requirement that does not hold stops the whole batch and names what is there',
    async run({ open }) {
      const storage = await open()
      await storage.commit({
        require: [
          { kind: 'ref', name: 'main', value: null },
          { kind: 'journal', scope: 'main', seq: 0 },
        ],
        writes: [setRef('main', 'one'), append('main', 1)],
      })
      const before = await storage.readState()
      const writes = [setRef('main', 'two'), append('main', 2), setMeta('x', 1), deletePack('p')]
      const refusals = [
        [{ kind: 'ref', name: 'main', value: null }, 'one'],
        [{ kind: 'ref', name: 'main', value: 'two' }, 'one'],
        [{ kind: 'ref', name: 'absent', value: 'one' }, null],
        [{ kind: 'journal', scope: 'main', seq: 0 }, 1],
        [{ kind: 'journal', scope: 'absent', seq: 1 }, 0],
        [{ kind: 'epoch', value: before.epoch + 1 }, before.epoch],
      ] as const
      for (const [failed, actual] of refusals) {
        const held = { kind: 'epoch', value: before.epoch } as const
        same(await storage.commit({ require: [held, failed], writes }), { ok: false, failed, actual })
        same(await storage.readState(), before)
      }
      await storage.close()
    },
  },
  {
    name: 'Requirements that hold let the batch through',
    async run({ open }) {
      const storage = await open()
      const { epoch } = await storage.readState()
      await storage.commit({ writes: [setRef('main', 'one'), append('main', 1)] })
      const outcome = await storage.commit({
        require: [
          { kind: 'ref', name: 'main', value: 'one' },
          { kind: 'ref', name: 'absent', value: null },
          { kind: 'journal', scope: 'main', seq: 1 },
          { kind: 'epoch', value: epoch },
        ],
        writes: [setRef('main', 'two')],
      })
      same(outcome, { ok: true, epoch, journalSeqs: new Map() })
      await storage.close()
    },
  },
  {
    name: 'A journal counts on without gaps after its entries are deleted, and after reopening',
    async run({ open }) {
      const storage = await open()
      await storage.commit({ writes: [append('s', 1), append('s', 2), append('s', 3), append('t', 1)] })
      await storage.commit({ writes: [{ kind: 'deleteJournal', scope: 's', through: 2 }, append('s', 4)] })
      same(seqs(await storage.readJournal('s')), [3, 4])
      same(seqs(await storage.readJournal('s', 3)), [4])
      same(seqs(await storage.readJournal('none')), [])
      await storage.commit({
        writes: [
          { kind: 'deleteJournal', scope: 's', through: 1_000_000 },
          { kind: 'deleteJournal', scope: 's', through: 0 },
          { kind: 'deleteJournal', scope: 'none', through: 5 },
        ],
      })
      same((await storage.readState()).journal, [{ scope: 't', seq: 1, entry: 1 }])
      await storage.close()
      const reopened = await open()
      same((await reopened.readState()).journalSeqs, new Map([['s', 4], ['t', 1]])) // prettier-ignore
      const outcome = await reopened.commit({
        require: [{ kind: 'journal', scope: 's', seq: 4 }],
        writes: [append('s', 5), append('s', 6)],
      })
      same(outcome.ok && outcome.journalSeqs, new Map([['s', 6]]))
      same(seqs(await reopened.readJournal('s')), [5, 6])
      await reopened.close()
    },
  },
  {
    name: 'An entry appended and deleted in one batch is gone, and its number is spent',
    async run({ open }) {
      const storage = await open()
      await storage.commit({
        writes: [append('s', 1), { kind: 'deleteJournal', scope: 's', through: 1 }, append('s', 2)],
      })
      same(await storage.readJournal('s'), [{ scope: 's', seq: 2, entry: 2 }])
      await storage.close()
    },
  },
  {
    name: 'The reflog is kept per ref and can be trimmed',
    async run({ open }) {
      const storage = await open()
      const log = (ref: string, entry: string): Write => ({ kind: 'appendReflog', ref, entry })
      await storage.commit({ writes: [log('a', '1'), log('b', '1'), log('a', '2')] })
      await storage.commit({ writes: [{ kind: 'deleteReflog', ref: 'a', through: 1 }, log('a', '3')] })
      same(await storage.readReflog('a'), [
        { scope: 'a', seq: 2, entry: '2' },
        { scope: 'a', seq: 3, entry: '3' },
      ])
      same(seqs(await storage.readReflog()), [2, 3, 1])
      same(await storage.readReflog('none'), [])
      await storage.close()
    },
  },
  {
    name: 'A ref that is deleted is gone, and its version goes on counting when it is made again',
    async run({ open }) {
      const storage = await open()
      await storage.commit({ writes: [setRef('main', 'one'), setRef('main', 'two'), setRef('other', 'x')] })
      await storage.commit({ writes: [setRef('main', null)] })
      same(
        (await storage.readState()).refs.map((ref) => ref.name),
        ['other'],
      )
      await storage.commit({
        require: [{ kind: 'ref', name: 'main', value: null }],
        writes: [setRef('main', 'one')],
      })
      same((await storage.readState()).refs[0], { name: 'main', value: 'one', version: 4 })
      await storage.close()
    },
  },
  {
    name: 'Deleting packs counts the epoch up once per batch; adding packs does not',
    async run({ open }) {
      const storage = await open()
      const { epoch } = await storage.readState()
      await storage.commit({ writes: [putPack('a'), putPack('b'), putPack('c')] })
      same((await storage.readState()).epoch, epoch)
      const outcome = await storage.commit({ writes: [deletePack('a'), deletePack('b'), putPack('d')] })
      same(outcome, { ok: true, epoch: epoch + 1, journalSeqs: new Map() })
      const state = await storage.readState(new Set(['c', 'gone']))
      same([state.epoch, state.packIds, state.packs], [epoch + 1, ['c', 'd'], [pack('d', 5)]])
      same(await storage.readPacks(new Set(['d'])), { ids: ['c', 'd'], added: [pack('c', 5)] })
      same((await storage.readPacks(new Set())).added.length, 2)
      await storage.close()
    },
  },
  {
    name: 'Segments belong to a pack once its row is there, and go with it',
    async run({ open }) {
      const storage = await open()
      await storage.writeSegment('big', 0, bytes(100))
      await storage.writeSegment('big', 1, bytes(60))
      await storage.commit({ writes: [{ kind: 'putPack', row: segmented('big', 160, 100) }] })
      await storage.dropOrphanSegments()
      same(await storage.readSegment('big', 1), bytes(60))
      await storage.close()
      const reopened = await open()
      same(await reopened.readSegment('big', 0), bytes(100))
      same((await reopened.readState()).packs, [segmented('big', 160, 100)])
      await reopened.commit({ writes: [deletePack('big')] })
      await rejects('storage/corrupt', reopened.readSegment('big', 0))
      await reopened.close()
    },
  },
  {
    name: 'Segments of a pack that never came are orphans: readable to resume, and dropped on demand',
    async run({ open }) {
      const storage = await open()
      await storage.writeSegment('kept', 0, bytes(3))
      await storage.commit({ writes: [{ kind: 'putPack', row: segmented('kept', 3, 100) }] })
      await storage.writeSegment('orphan', 0, bytes(10))
      await storage.writeSegment('orphan', 11, bytes(10))
      await storage.close()
      const reopened = await open()
      same(await reopened.readSegment('orphan', 11), bytes(10))
      await reopened.dropOrphanSegments()
      await rejects('storage/corrupt', reopened.readSegment('orphan', 0))
      await rejects('storage/corrupt', reopened.readSegment('orphan', 11))
      same(await reopened.readSegment('kept', 0), bytes(3))
      await reopened.close()
    },
  },
  {
    name: 'A pack row whose segments are not all there is refused',
    async run({ open }) {
      const storage = await open()
      await storage.writeSegment('big', 0, bytes(100))
      const row = segmented('big', 160, 100)
      const writes: readonly Write[] = [setRef('main', 'one'), { kind: 'putPack', row }]
      await rejects('storage/corrupt', storage.commit({ writes }))
      same((await storage.readState()).refs, [])
      await storage.writeSegment('big', 1, bytes(60))
      same((await storage.commit({ writes })).ok, true)
      await storage.close()
    },
  },
  {
    name: 'A pack deleted and put again in one batch keeps its segments, and the epoch counts',
    async run({ open }) {
      const storage = await open()
      await storage.writeSegment('big', 0, bytes(50))
      const put: Write = { kind: 'putPack', row: segmented('big', 50, 100) }
      await storage.commit({ writes: [put] })
      const { epoch } = await storage.readState()
      same(await storage.commit({ writes: [deletePack('big'), put] }), {
        ok: true,
        epoch: epoch + 1,
        journalSeqs: new Map(),
      })
      same(await storage.readSegment('big', 0), bytes(50))
      await storage.close()
    },
  },
  {
    name: 'A view stores its own bytes, not the buffer behind it',
    async run({ open }) {
      const storage = await open()
      const large = bytes(1_000_000)
      const view = large.subarray(10, 20)
      await storage.writeSegment('s', 0, view)
      const row: PackRow = { ...pack('p', 10), index: view, inline: view }
      await storage.commit({ writes: [{ kind: 'putPack', row }] })
      large.fill(0)
      same(await storage.readSegment('s', 0), bytes(20).slice(10))
      const [read] = (await storage.readState()).packs
      same(read, { ...row, index: bytes(20).slice(10), inline: bytes(20).slice(10) })
      await storage.close()
    },
  },
  {
    name: 'Large values come back as they were',
    async run({ open }) {
      const storage = await open()
      const big = pack('big', 4_000_000)
      const rows = Array.from({ length: 2_000 }, (_, i) => ({ key: `k${i}`, after: { name: `name ${i}` } }))
      await storage.writeSegment('seg', 0, bytes(3_000_000))
      await storage.commit({ writes: [{ kind: 'putPack', row: big }, append('s', rows)] })
      await storage.close()
      const reopened = await open()
      const state = await reopened.readState()
      same(state.packs, [big])
      same(state.journal[0]?.entry, rows)
      same(await reopened.readSegment('seg', 0), bytes(3_000_000))
      await reopened.close()
    },
  },
  {
    name: 'What a caller changes afterwards changes nothing stored',
    async run({ open }) {
      const storage = await open()
      const entry = { n: 1 }
      await storage.commit({ writes: [append('s', entry), setMeta('m', entry)] })
      entry.n = 2
      const state = await storage.readState()
      for (const read of [state.journal[0]?.entry, state.meta.get('m')])
        Object.assign(read as object, { n: 3 })
      const again = await storage.readState()
      same([again.journal[0]?.entry, again.meta.get('m')], [{ n: 1 }, { n: 1 }])
      await storage.close()
    },
  },
  {
    name: 'Meta values are replaced and deleted',
    async run({ open }) {
      const storage = await open()
      await storage.commit({ writes: [setMeta('a', 1), setMeta('b', null), setMeta('c', 1)] })
      await storage.commit({ writes: [setMeta('a', 2), setMeta('c', undefined), setMeta('d', undefined)] })
      same((await storage.readState()).meta, new Map<string, unknown>([['a', 2], ['b', null]])) // prettier-ignore
      await storage.close()
    },
  },
  {
    name: 'An entry that is not plain data is refused and nothing is written',
    async run({ open }) {
      const storage = await open()
      const writes = [setRef('main', 'one'), append('s', { broken: () => {} }), append('s', 2)]
      await rejects('engine/bad-argument', storage.commit({ writes }))
      same((await storage.readState()).refs, [])
      same((await storage.commit({ writes: [append('s', 1)] })).ok, true)
      same(seqs(await storage.readJournal('s')), [1])
      await storage.close()
    },
  },
  {
    name: 'An empty batch is acknowledged and changes nothing',
    async run({ open }) {
      const storage = await open()
      const { epoch } = await storage.readState()
      same(await storage.commit({ writes: [] }), { ok: true, epoch, journalSeqs: new Map() })
      await storage.close()
    },
  },
  {
    name: 'Without room a batch is refused with storage/quota, nothing is written, and the store stays usable',
    async run({ open, whileFull }) {
      const storage = await open()
      await storage.commit({ writes: [setRef('main', 'one'), append('s', 1)] })
      const before = await storage.readState()
      const writes: readonly Write[] = [
        setRef('main', 'two'),
        append('s', 2),
        { kind: 'putPack', row: pack('big', 3_000_000) },
      ]
      await whileFull(async () => {
        await rejects('storage/quota', storage.commit({ writes }))
        await rejects('storage/quota', storage.writeSegment('seg', 0, bytes(3_000_000)))
        same(await storage.readState(), before)
      })
      same((await storage.commit({ writes })).ok, true)
      same((await storage.readState()).refs[0]?.value, 'two')
      await storage.close()
    },
  },
  {
    name: 'After close every call answers storage/closed, and closing again is fine',
    async run({ open }) {
      const storage = await open()
      await storage.commit({ writes: [setRef('main', 'one')] })
      await storage.close()
      await storage.close()
      const none = new Set<string>()
      await rejects('storage/closed', storage.readState())
      await rejects('storage/closed', storage.readPacks(none))
      await rejects('storage/closed', storage.readJournal('s'))
      await rejects('storage/closed', storage.readReflog())
      await rejects('storage/closed', storage.readSegment('p', 0))
      await rejects('storage/closed', storage.writeSegment('p', 0, bytes(1)))
      await rejects('storage/closed', storage.dropOrphanSegments())
      await rejects('storage/closed', storage.commit({ writes: [] }))
      const reopened = await open()
      same((await reopened.readState()).refs.length, 1)
      await reopened.close()
    },
  },
  {
    name: 'Commits that are called at once apply in their order',
    async run({ open }) {
      const storage = await open()
      await Promise.all(Array.from({ length: 20 }, (_, i) => storage.commit({ writes: [append('s', i)] })))
      same(
        (await storage.readJournal('s')).map((row) => row.entry),
        Array.from({ length: 20 }, (_, i) => i),
      )
      await storage.close()
    },
  },
  {
    name: 'Of two instances that race for a ref and a journal number exactly one wins each time',
    several: true,
    async run({ open }) {
      const [left, right] = [await open(), await open()]
      for (let seq = 0; seq < 20; seq++) {
        const race = (storage: Storage, who: string): ReturnType<Storage['commit']> =>
          storage.commit({
            require: [{ kind: 'journal', scope: 's', seq }],
            writes: [append('s', who), setRef('main', `${who}${seq}`)],
          })
        const outcomes = await Promise.all([race(left, 'left'), race(right, 'right')])
        same(outcomes.filter((outcome) => outcome.ok).length, 1)
      }
      const [seenLeft, seenRight] = [await left.readState(), await right.readState()]
      same(seenLeft, seenRight)
      same(
        seqs(seenLeft.journal),
        Array.from({ length: 20 }, (_, i) => i + 1),
      )
      same(seenLeft.refs[0]?.version, 20)
      await left.close()
      await right.close()
    },
  },
  {
    name: 'Concurrent committers of two instances lose nothing and never see half a batch',
    several: true,
    async run({ open }) {
      const [left, right] = [await open(), await open()]
      const writing = new Set(['left', 'right'])
      const read = async (): Promise<void> => {
        while (writing.size > 0) {
          const state = await left.readState()
          // Each batch appends to both journals and puts a pack: any consistent read sees all three or none.
          const [a, b] = [state.journalSeqs.get('a') ?? 0, state.journalSeqs.get('b') ?? 0]
          same([a, a], [b, state.packs.length])
        }
      }
      const write = async (storage: Storage, who: string): Promise<void> => {
        for (let i = 0; i < 10; i++) {
          await storage.commit({ writes: [append('a', i), append('b', i), putPack(`${who}${i}`)] })
        }
      }
      const reader = read()
      await Promise.all([write(left, 'l'), write(right, 'r')])
      writing.clear()
      await reader
      same(
        seqs(await right.readJournal('b')),
        Array.from({ length: 20 }, (_, i) => i + 1),
      )
      await left.close()
      await right.close()
    },
  },
]

/** Deterministic bytes that do not compress: Chromium compresses large values before it counts their room. */
export function bytes(length: number): Uint8Array {
  const made = new Uint8Array(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    made[i] = state >>> 24
  }
  return made
}

/** A small inline pack. */
export function pack(id: string, sizeBytes: number): PackRow {
  return {
    id,
    sizeBytes,
    index: bytes(8),
    inline: bytes(sizeBytes),
    segmentBytes: 0,
    segmentCount: 0,
  }
}

/** The row of a pack that lies in segments. */
export function segmented(id: string, sizeBytes: number, segmentBytes: number): PackRow {
  const segmentCount = Math.ceil(sizeBytes / segmentBytes)
  return { id, sizeBytes, index: bytes(8), inline: null, segmentBytes, segmentCount }
}

function putPack(id: string): Write {
  return { kind: 'putPack', row: pack(id, 5) }
}

function deletePack(id: string): Write {
  return { kind: 'deletePack', id }
}

function setRef(name: string, value: string | null): Write {
  return { kind: 'setRef', name, value }
}

function append(scope: string, entry: unknown): Write {
  return { kind: 'appendJournal', scope, entry }
}

function setMeta(key: string, value: unknown): Write {
  return { kind: 'setMeta', key, value }
}

function seqs(rows: readonly { readonly seq: number }[]): readonly number[] {
  return rows.map((row) => row.seq)
}

async function rejects(code: ErrorCode, promise: Promise<unknown>): Promise<void> {
  try {
    await promise
  } catch (error) {
    if (isEspalierError(error, code)) return
    throw new Error(`Expected ${code} but got: ${String(error)}`, { cause: error })
  }
  throw new Error(`Expected ${code} but the call succeeded.`)
}

/** Deep equality by value, with a message that shows both. Large bytes are compared without being printed. */
export function same(actual: unknown, expected: unknown): void {
  if (equal(actual, expected)) return
  throw new Error(`Expected ${show(expected)} but got ${show(actual)}`)
}

/** Deep equality of plain data, bytes and maps. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return false
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i])
  }
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && equal(value, b.get(key)))
  }
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === right.length &&
    left.every(([key, value]) => Object.hasOwn(b, key) && equal(value, b[key as keyof typeof b]))
  )
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Uint8Array) return `<${part.length} bytes>`
    return part instanceof Map ? { map: [...part] } : part
  }).slice(0, 2_000)
}
