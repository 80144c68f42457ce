import { same } from './storage.suite.ts'
import type { Storage } from './storage.ts'

/** What every fixture of version 1 holds, whatever the storage, and that it can be written on. */
export async function checkFixture(storage: Storage): Promise<void> {
  const { stamp: _, ...state } = await storage.readState()
  same(state, {
    epoch: 7,
    packs: [
      { id: 'large', sizeBytes: 3, index: Uint8Array.of(9), inline: null, segmentBytes: 2, segmentCount: 2 },
      {
        id: 'small',
        sizeBytes: 2,
        index: Uint8Array.of(8),
        inline: Uint8Array.of(1, 2),
        segmentBytes: 0,
        segmentCount: 0,
      },
    ],
    packIds: ['large', 'small'],
    refs: [
      { name: 'HEAD', value: 'ref: refs/heads/main', version: 1 },
      { name: 'refs/heads/main', value: 'abc', version: 3 },
    ],
    journal: [{ scope: 'refs/heads/main', seq: 5, entry: { ops: [1] } }],
    journalSeqs: new Map([['refs/heads/main', 5]]),
    meta: new Map([['remote', { url: 'https://x' }]]),
  })
  same(await storage.readReflog(), [{ scope: 'HEAD', seq: 1, entry: 'made' }])
  same(await storage.readSegment('large', 1), Uint8Array.of(3))
  const outcome = await storage.commit({
    require: [
      { kind: 'epoch', value: 7 },
      { kind: 'ref', name: 'refs/heads/gone', value: null },
      { kind: 'journal', scope: 'refs/heads/main', seq: 5 },
    ],
    writes: [
      { kind: 'setRef', name: 'refs/heads/gone', value: 'back' },
      { kind: 'appendJournal', scope: 'refs/heads/main', entry: 'next' },
      { kind: 'appendReflog', ref: 'HEAD', entry: 'moved' },
    ],
  })
  same(outcome, { ok: true, epoch: 7, journalSeqs: new Map([['refs/heads/main', 6]]) })
  same((await storage.readState()).refs[1], { name: 'refs/heads/gone', value: 'back', version: 3 })
  same((await storage.readReflog('HEAD')).length, 2)
}
