import { openDB } from 'idb'
import { forceCloseDatabase } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { firstScreenKey } from '../../src/protocol/first-screen.ts'
import { checkFixture } from './fixtures.suite.ts'
import { connect } from './idb-connection.ts'
import { idbFixtures } from './idb-fixtures.testing.ts'
import { idbFormatVersion } from './idb-schema.ts'
import { lossKey } from './idb-schema.ts'
import { deleteIdbStorage, openIdbStorage } from './idb-storage.ts'
import {
  abortingPuts,
  failingPuts,
  freshName,
  losingAnswer,
  patched,
  seenTransactions,
} from './idb-storage.testing.ts'
import { bytes, pack, segmented, storageCases } from './storage.suite.ts'
import type { Batch, Storage } from './storage.ts'
import { useFakeIndexedDb } from '../../test/support/fake-indexed-db.ts'

useFakeIndexedDb()

for (const [where, whileFull] of [
  ['in the request', (work: () => Promise<void>) => failingPuts('QuotaExceededError', work)],
  ['at commit', (work: () => Promise<void>) => abortingPuts('QuotaExceededError', work)],
] as const) {
  describe(`The IndexedDB storage (quota errors come ${where})`, () => {
    for (const { name, run } of storageCases(true)) {
      it(name, async () => {
        const database = freshName()
        await run({ several: true, open: () => openIdbStorage(database), whileFull })
      })
    }
  })
}

const edit: Batch = { writes: [{ kind: 'appendJournal', scope: 's', entry: 'edit' }] }
const landed = { ok: true, epoch: 1, journalSeqs: new Map([['s', 1]]) }

/** The raw database behind an open storage. */
async function rawOf(storage: Storage): Promise<IDBDatabase> {
  const [first] = await seenTransactions(async () => void (await storage.readJournal('s')))
  if (!first) throw new Error('the read opened no transaction')
  return first.db
}

function kill(db: IDBDatabase): void {
  forceCloseDatabase(db as unknown as Parameters<typeof forceCloseDatabase>[0]) // its type names the class
}

describe('A dead connection', () => {
  it('is opened afresh after a close event', async () => {
    const storage = await openIdbStorage(freshName())
    const old = await rawOf(storage)
    const closed = new Promise((resolve) => old.addEventListener('close', resolve))
    kill(old)
    await closed
    expect(await storage.commit(edit)).toEqual(landed)
    expect(await rawOf(storage)).not.toBe(old)
    await storage.close()
  })

  it('is opened afresh when a transaction answers InvalidStateError, without a close event', async () => {
    const storage = await openIdbStorage(freshName())
    const old = await rawOf(storage)
    old.close()
    const seen = await seenTransactions(async () => void (await storage.commit(edit)))
    expect(seen.every(({ db }) => db !== old)).toBe(true)
    expect(await storage.readJournal('s')).toHaveLength(1)
    await storage.close()
  })

  for (const name of ['UnknownError', 'AbortError']) {
    it(`that ends a commit with ${name} is replaced, and the batch is applied once`, async () => {
      const storage = await openIdbStorage(freshName())
      await abortingPuts(name, async () => expect(await storage.commit(edit)).toEqual(landed), 1)
      expect(await storage.readJournal('s')).toHaveLength(1)
      await storage.close()
    })
  }

  it('that took a commit but lost the answer does not make it land twice', async () => {
    const storage = await openIdbStorage(freshName())
    await losingAnswer(async () => expect(await storage.commit(edit)).toEqual(landed))
    expect(await storage.readJournal('s')).toHaveLength(1)
    expect((await storage.commit(edit)).ok).toBe(true)
    expect(await storage.readJournal('s')).toHaveLength(2)
    await storage.close()
  })

  it('does not answer for another batch, nor for another instance', async () => {
    const name = freshName()
    const [left, right] = [await openIdbStorage(name), await openIdbStorage(name)]
    await left.commit(edit)
    await losingAnswer(async () => {
      expect((await right.commit(edit)).ok).toBe(true)
    })
    await abortingPuts('UnknownError', async () => void (await left.commit(edit)), 1)
    expect(await left.readJournal('s')).toHaveLength(3)
    await left.close()
    await right.close()
  })

  it('that dies again on its replacement answers storage/unavailable', async () => {
    const storage = await openIdbStorage(freshName())
    await abortingPuts('UnknownError', async () => {
      await expect(storage.commit(edit)).rejects.toMatchObject({ code: 'storage/unavailable' })
    })
    expect((await storage.commit(edit)).ok).toBe(true)
    await storage.close()
  })

  it('that fails a read without naming its reason is replaced too', async () => {
    const storage = await openIdbStorage(freshName())
    ;(await rawOf(storage)).close()
    expect((await storage.readPacks(new Set(['x']))).ids).toEqual([])
    await storage.dropOrphanSegments()
    await storage.close()
  })

  it('serves reads and segments too', async () => {
    const storage = await openIdbStorage(freshName())
    ;(await rawOf(storage)).close()
    await storage.writeSegment('p', 0, bytes(3))
    ;(await rawOf(storage)).close()
    expect(await storage.readSegment('p', 0)).toEqual(bytes(3))
    ;(await rawOf(storage)).close()
    await Promise.all([storage.readState(), storage.readState(), storage.commit(edit)])
    await storage.close()
  })

  it('that cannot be opened again is tried again by the next call', async () => {
    const storage = await openIdbStorage(freshName())
    ;(await rawOf(storage)).close()
    const fail = (): never => {
      throw new DOMException('Internal error opening backing store', 'UnknownError')
    }
    await patched(
      indexedDB,
      'open',
      () => fail,
      async () => {
        await expect(storage.readState()).rejects.toMatchObject({ code: 'storage/unavailable' })
        const closing = storage.readState()
        await storage.close()
        await expect(closing).rejects.toMatchObject({ code: expect.stringMatching('storage/') })
      },
    )
    await expect(storage.readState()).rejects.toMatchObject({ code: 'storage/closed' })
  })
})

describe('A first opening', () => {
  const internal = (): never => {
    throw new DOMException('Internal error opening backing store', 'UnknownError')
  }

  it('is tried again while the browser is still letting go of the files after a crash', async () => {
    const name = freshName()
    let failures = 0
    const open = indexedDB.open.bind(indexedDB)
    await patched(
      indexedDB,
      'open',
      () =>
        (...args: Parameters<IDBFactory['open']>) =>
          failures++ < 2 ? internal() : open(...args),
      async () => {
        const storage = await openIdbStorage(name)
        expect((await storage.readState()).packs).toEqual([])
        await storage.close()
      },
    )
    expect(failures).toBeGreaterThan(2)
  })

  it('that keeps failing is an error that says so', async () => {
    await patched(
      indexedDB,
      'open',
      () => internal,
      async () => {
        await expect(openIdbStorage(freshName())).rejects.toMatchObject({ code: 'storage/unavailable' })
      },
    )
  })
})

describe('A database that somebody else deletes or upgrades', () => {
  it('is let go at once, and never made again by an instance that was open', async () => {
    const name = freshName()
    const storage = await openIdbStorage(name)
    await storage.commit(edit)
    await deleteIdbStorage(name)
    await expect(storage.commit(edit)).rejects.toMatchObject({ code: 'storage/unavailable' })
    await expect(storage.readState()).rejects.toMatchObject({ code: 'storage/unavailable' })
    expect((await indexedDB.databases()).map((db) => db.name)).not.toContain(name)
    await storage.close()
  })

  it('is not made again after the browser cut the connection and dropped it', async () => {
    const name = freshName()
    const storage = await openIdbStorage(name)
    ;(await rawOf(storage)).close()
    await deleteIdbStorage(name)
    await expect(storage.commit(edit)).rejects.toMatchObject({ code: 'storage/unavailable' })
    expect((await indexedDB.databases()).map((db) => db.name)).not.toContain(name)
    await storage.close()
  })

  it('is told from another one of the same name', async () => {
    const name = freshName()
    const storage = await openIdbStorage(name)
    ;(await rawOf(storage)).close()
    await deleteIdbStorage(name)
    const other = await openIdbStorage(name)
    await expect(storage.commit(edit)).rejects.toMatchObject({ code: 'storage/unavailable' })
    await expect(storage.commit(edit)).rejects.toMatchObject({ code: 'storage/unavailable' })
    expect((await other.readState()).journal).toEqual([])
    await storage.close()
    await other.close()
  })

  it('of a newer format version is refused, at opening and while open', async () => {
    const name = freshName()
    const storage = await openIdbStorage(name)
    const newer = await connect(name, idbFormatVersion + 1)
    await expect(storage.readState()).rejects.toMatchObject({ code: 'storage/unavailable' })
    await expect(openIdbStorage(name)).rejects.toMatchObject({ code: 'storage/newer-format', data: { name } })
    await newer.close()
  })

  it('that an older tab does not let go of cannot be upgraded: the error says what to do', async () => {
    const name = freshName()
    await (await openIdbStorage(name)).close()
    const stubborn = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open(name)
      request.addEventListener('success', () => resolve(request.result))
    })
    await expect(connect(name, idbFormatVersion + 1)).rejects.toMatchObject({
      code: 'storage/unavailable',
      message: expect.stringContaining('close its other tabs'),
    })
    stubborn.close()
    const later = await connect(name, idbFormatVersion + 1)
    await later.close()
  })

  it('answers why when deleting or opening fails', async () => {
    const fail = (): never => {
      throw new DOMException('no room', 'QuotaExceededError')
    }
    await patched(indexedDB, 'deleteDatabase', () => fail, async () => {
      await expect(deleteIdbStorage('x')).rejects.toMatchObject({ code: 'storage/quota' })
    }) // prettier-ignore
    await patched(indexedDB, 'open', () => fail, async () => {
      await expect(openIdbStorage('x')).rejects.toMatchObject({ code: 'storage/quota' })
    }) // prettier-ignore
    await patched(globalThis, 'indexedDB', () => undefined as unknown as IDBFactory, async () => {
      await expect(openIdbStorage('x')).rejects.toMatchObject({ code: 'storage/unavailable' })
    }) // prettier-ignore
    const strange = (): never => {
      throw null
    }
    await patched(indexedDB, 'open', () => strange, async () => {
      await expect(openIdbStorage('x')).rejects.toMatchObject({ code: 'storage/unavailable' })
    }) // prettier-ignore
  })
})

/** Every kind of acknowledged batch. Throws when one was acknowledged, or one of its segments written, by a transaction that was not strict. */
async function checkStrict(): Promise<void> {
  const storage = await openIdbStorage(freshName())
  const batches: readonly Batch[] = [
    { writes: [{ kind: 'putPack', row: pack('p', 10) }] },
    { writes: [{ kind: 'putPack', row: segmented('big', 10, 10) }] },
    { writes: [{ kind: 'deletePack', id: 'p' }] },
    { writes: [{ kind: 'setRef', name: 'main', value: '1' }] },
    { writes: [{ kind: 'setMeta', key: 'm', value: 1 }] },
    { writes: [{ kind: 'appendReflog', ref: 'main', entry: 1 }] },
    edit,
    { writes: [{ kind: 'deleteJournal', scope: 's', through: 1 }] },
  ]
  const commitAll = async (): Promise<void> => {
    await storage.writeSegment('big', 0, bytes(10))
    for (const batch of batches) await storage.commit(batch)
  }
  const seen = [...(await seenTransactions(commitAll))]
  const replay = async (): Promise<void> => void (await storage.commit(edit))
  seen.push(...(await seenTransactions(() => losingAnswer(replay))))
  await storage.close()
  const writing = seen.filter(({ mode }) => mode === 'readwrite')
  expect(writing.length).toBe(batches.length + 3) // and a segment, a commit without an answer, its replay
  expect(new Set(writing.map(({ durability }) => durability))).toEqual(new Set(['strict']))
}

describe('Strictness', () => {
  it('Every transaction that acknowledges a batch is strict', checkStrict)

  for (const durability of ['relaxed', 'default'] as const) {
    it(`The check fails for a mutant whose transactions are ${durability}`, async () => {
      await patched(
        IDBDatabase.prototype,
        'transaction',
        (transaction) =>
          function (this: IDBDatabase, stores: string | string[], mode?: IDBTransactionMode) {
            return transaction.call(this, stores, mode, { durability })
          },
        async () => {
          await expect(checkStrict()).rejects.toThrow('strict')
        },
      )
    })
  }

  it('Nothing acknowledges before its transaction is complete', async () => {
    const storage = await openIdbStorage(freshName())
    const order: string[] = []
    await patched(
      IDBDatabase.prototype,
      'transaction',
      (transaction) =>
        function (this: IDBDatabase, ...args: Parameters<typeof transaction>) {
          const tx = transaction.apply(this, args)
          tx.addEventListener('complete', () => order.push('complete'))
          return tx
        },
      async () => {
        await storage.commit(edit)
        order.push('acknowledged')
      },
    )
    expect(order).toEqual(['complete', 'acknowledged'])
    await storage.close()
  })
})

describe('What pages read themselves', () => {
  it('Every batch of every instance changes the stamp, and nothing else does', async () => {
    const name = freshName()
    const one = await openIdbStorage(name)
    const two = await openIdbStorage(name)
    const stamps = [(await one.readState()).stamp]
    for (const storage of [one, two, one, one, two]) {
      await storage.commit(edit)
      stamps.push((await one.readState()).stamp)
    }
    expect(new Set(stamps).size).toBe(6)
    await two.writeSegment('arriving', 0, Uint8Array.of(1))
    await one.keepFirstScreen?.('text')
    expect((await two.readState()).stamp).toBe(stamps.at(-1))
    await one.close()
    await two.close()
  })

  it('The first screen is the last one that was kept', async () => {
    const name = freshName()
    const storage = await openIdbStorage(name)
    for (const text of ['first', 'last']) await storage.keepFirstScreen?.(text)
    await storage.close()
    const db = await openDB(name)
    expect(await db.get('system', firstScreenKey)).toEqual({ key: firstScreenKey, value: 'last' })
    db.close()
  })
})

describe('The stored format', () => {
  for (const [at, build] of idbFixtures.entries()) {
    it(`Version ${at + 1} opens`, async () => {
      const name = freshName()
      await build(name)
      const storage = await openIdbStorage(name)
      await checkFixture(storage)
      await storage.close()
    })
  }

  it('A new database has the stores of the newest fixture, so that a change needs a new version', async () => {
    const shapeOf = async (name: string): Promise<unknown> => {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name)
        request.addEventListener('success', () => resolve(request.result))
      })
      const tx = db.transaction([...db.objectStoreNames])
      const stores = [...db.objectStoreNames].map((store) => [store, tx.objectStore(store).keyPath])
      db.close()
      return [db.version, stores]
    }
    const [fixture, made] = [freshName(), freshName()]
    await idbFixtures.at(-1)?.(fixture)
    await (await openIdbStorage(made)).close()
    expect(await shapeOf(made)).toEqual(await shapeOf(fixture))
  })

  it('A store that had to be made anew because the browser dropped it says so, and an empty one does not', async () => {
    const lost = async (dataLoss: string): Promise<unknown> => {
      // Chromium's own member of the event, which the imitation does not have.
      Object.defineProperty(IDBVersionChangeEvent.prototype, 'dataLoss', {
        value: dataLoss,
        configurable: true,
      })
      try {
        const storage = await openIdbStorage(freshName())
        const { meta } = await storage.readState()
        await storage.close()
        return meta.get(lossKey)
      } finally {
        Reflect.deleteProperty(IDBVersionChangeEvent.prototype, 'dataLoss')
      }
    }
    expect(await lost('total')).toMatchObject({ code: 'storage/corrupt' })
    expect(await lost('none')).toBeUndefined()
  })

  it('A damaged epoch row is named', async () => {
    const storage = await openIdbStorage(freshName())
    const db = await rawOf(storage)
    db.transaction('system', 'readwrite').objectStore('system').delete('epoch')
    await expect(storage.readState()).rejects.toMatchObject({ code: 'storage/corrupt' })
    await expect(storage.commit(edit)).rejects.toMatchObject({ code: 'storage/corrupt' })
    await storage.close()
  })

  it('The last batches of instances that are long gone are forgotten at opening', async () => {
    const name = freshName()
    const storage = await openIdbStorage(name)
    await storage.commit(edit)
    const db = await rawOf(storage)
    const rows = db.transaction('landed', 'readwrite').objectStore('landed')
    for (let i = 0; i < 80; i++) rows.put({ instance: `old ${i}`, batch: 1, outcome: landed, atMs: 0 })
    const again = await openIdbStorage(name)
    const count = await new Promise((resolve) => {
      const request = db.transaction('landed').objectStore('landed').count()
      request.addEventListener('success', () => resolve(request.result))
    })
    expect(count).toBe(1)
    await storage.close()
    await again.close()
  })
})
