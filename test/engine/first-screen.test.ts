import { beforeEach, describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { openDB } from 'idb'
import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { askStore } from '../../src/client/first-screen.ts'
import type { Engine } from '../../src/protocol/engine.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { firstScreenKey } from '../../src/protocol/first-screen.ts'
import { openOver, type OpenOptions } from '../../src/open.ts'
import { createNodeEngine, createNodeTabs } from '../../worker/node-engine.ts'
import { connect } from '../../worker/storage/idb-connection.ts'
import { openIdbDerived } from '../../worker/storage/idb-derived.ts'
import { idbFormatVersion } from '../../worker/storage/idb-schema.ts'
import { openIdbStorage } from '../../worker/storage/idb-storage.ts'
import { useFakeIndexedDb } from '../support/fake-indexed-db.ts'
import { useGitHost } from '../support/git-host.ts'
import { signal } from '../support/signal.ts'
import { author, inTime, until } from './world.ts'

useFakeIndexedDb()

/** Without accessors, as rows cross to a page. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

describe('what an app showed first is there before its engine', () => {
  const host = useGitHost()
  let url: string
  beforeEach(() => {
    url = host.make('screen').url
  })

  const tabs = createNodeTabs()
  const names = new Set<string>()
  const stores = { list: () => [...names], add: (name: string) => void names.add(name), forget: () => {} }
  const storeName = (): string => `espalier ${url}`

  /** A tab of a browser; `opens` is the engine's part of opening. */
  const open = (
    options: OpenOptions = {},
    opens?: (engine: Engine) => Engine['open'],
    heard = tabs,
  ): Promise<Database> => {
    const engine = createNodeEngine({
      openStorage: openIdbStorage,
      openDerived: (name) => openIdbDerived(name),
      tabs: heard,
    })
    const connection = connectInProcess(opens ? { ...engine, open: opens(engine) } : engine)
    return openOver({ ...connection, stores }, url, { author, ...options })
  }
  /** One whose engine opens when it is told to; `asked`: it has been called. */
  const openLate = (
    options?: OpenOptions,
  ): { readonly opening: Promise<Database>; readonly asked: Promise<void>; readonly go: () => void } => {
    const [gate, asked] = [signal(), signal()]
    const opening = open(options, (engine) => async (...args) => {
      asked.give()
      await gate.promise
      return engine.open(...args)
    })
    return { opening, asked: asked.promise, go: gate.give }
  }
  const units = (db: Database) => db.collection('units')
  const bySymbol = (db: Database) => units(db).find({ orderBy: 'symbol', limit: 2 })
  const keptText = async (): Promise<string | undefined> => {
    const store = await openDB(storeName())
    const row = (await store.get('system', firstScreenKey)) as { readonly value: string } | undefined
    store.close()
    return row?.value
  }
  /** Asks, and waits until the answer is kept as that of the present state. */
  const ask = async (db: Database): Promise<readonly unknown[]> => {
    const before = await keptText()
    const rows = await bySymbol(db)
    await until('the screen is kept', async () => (await keptText()) !== before)
    return plain(rows) as readonly unknown[]
  }
  const visit = async (): Promise<readonly unknown[]> => {
    const db = await open()
    await db.settled()
    const rows = await ask(db)
    await db.close()
    return rows
  }
  /** Whether the next opening answers before its engine. */
  const isEarly = async (options?: OpenOptions): Promise<boolean> => {
    const late = openLate(options)
    const early = await Promise.race([late.opening.then(() => true), late.asked.then(() => false)])
    late.go()
    await (await late.opening).close()
    return early
  }

  test('queries that were asked have their answer, everything else waits', async () => {
    const rows = await visit()
    const late = openLate()
    const db = await late.opening
    expect(await bySymbol(db)).toEqual(rows)
    expect(db.branch).toBe('main')
    let others = 0
    const count = units(db)
      .count()
      .then(() => others++)
    const other = units(db)
      .find({ orderBy: 'symbol', limit: 1 })
      .then(() => others++)
    const branches = db.branches.list().then(() => others++)
    const page = units(db).find({ orderBy: 'symbol', limit: 1 }).page()
    expect(await bySymbol(db)).toEqual(rows)
    expect(others).toBe(0)
    late.go()
    await Promise.all([count, other, branches])
    expect(await page).toMatchObject({ rows: [rows[0]], next: expect.any(String), previous: null })
    await units(db).update('foot', { symbol: 'aa' })
    expect((await bySymbol(db))[0]).toMatchObject({ $id: 'foot', symbol: 'aa' })
    await db.close()
  })

  test('live queries begin with it, and go on with what differs', async () => {
    const rows = await visit()
    const late = openLate()
    const db = await late.opening
    const seen: unknown[] = []
    const stop = bySymbol(db).subscribe(({ rows, version, changes }) =>
      seen.push([version, rows.map(({ $id }) => $id), changes]),
    )
    const stopped: unknown[] = []
    bySymbol(db).subscribe((result) => stopped.push(result))()
    await until('the first result is shown', () => seen.length > 0)
    late.go()
    const ids = rows.map((row) => (row as { readonly $id: string }).$id)
    await db.status()
    // The engine's first result is the same: it is not told again.
    await units(db).update('metre', { symbol: 'zz' })
    await until('the edit is shown', () => seen.length > 1)
    expect(seen[0]).toEqual([1, ids, []])
    expect(seen.slice(1)).toEqual([[2, ids, [{ kind: 'changed', key: 'metre' }]]])
    expect(stopped).toEqual([])
    stop()
    await db.close()
  })

  test('and are told when the engine finds something else', async () => {
    await visit()
    const store = await openDB(storeName())
    const text = (await keptText()) ?? ''
    const changed = text.replaceAll(String.raw`\"ft\"`, String.raw`\"xx\"`)
    expect(changed).not.toBe(text)
    await store.put('system', { key: firstScreenKey, value: changed })
    store.close()
    const late = openLate()
    const db = await late.opening
    const seen: unknown[] = []
    const stop = bySymbol(db).subscribe(({ rows, version }) => seen.push([version, rows[0]?.['symbol']]))
    late.go()
    await until('both are shown', () => seen.length > 1)
    await units(db).update('foot', { symbol: 'aa' })
    await until('the edit is shown', () => seen.length > 2)
    expect(seen.slice(0, 3)).toEqual([
      [1, 'xx'],
      [2, 'ft'],
      [3, 'aa'],
    ])
    stop()
    await db.close()
  })

  test('and a tab that upgrades the store meanwhile need not wait for the page', async () => {
    await visit()
    const asked = await askStore(storeName(), stores)
    const upgraded = await connect(storeName(), idbFormatVersion + 1)
    await upgraded.close()
    asked?.close?.()
  })

  test('whatever transactions and other handles asked since', async () => {
    await visit()
    const db = await open()
    await bySymbol(db)
    const old = await db.at('HEAD')
    for (let limit = 3; limit < 12; limit++) await old.collection('units').find({ limit })
    await db.transaction(async (tx) => {
      for (let limit = 3; limit < 12; limit++) await tx.collection('units').find({ limit })
      await tx.collection('units').update('foot', { factor: 7 })
    })
    await db.close()
    expect(await isEarly()).toBe(true)
  })

  test('what is kept is nothing that a transaction waits for', async () => {
    const engine = createNodeEngine({
      openStorage: async (name) => ({ ...(await openIdbStorage(name)), keepFirstScreen: () => gate.promise }),
      openDerived: (name) => openIdbDerived(name),
      tabs,
    })
    const gate = signal()
    const db: Database = await openOver({ ...connectInProcess(engine), stores }, url, { author })
    await db.settled()
    await bySymbol(db)
    const work = db.transaction(async (tx) => tx.collection('units').update('foot', { factor: 7 }))
    await inTime('the transaction', work, 5000)
    gate.give()
    await db.close()
  })

  test('but not with other options, another collection of rules, or another branch', async () => {
    await visit()
    expect(await isEarly({ validate: 'off' })).toBe(false)
    expect(await isEarly({ collections: { units: { id: 'uuid' } } })).toBe(false)
    expect(await isEarly({ branch: 'main' })).toBe(false)
    expect(await isEarly({ author: { name: 'Grace', email: 'grace@example.com' } })).toBe(true)
  })

  test('what is no plain data is refused as ever', async () => {
    await visit()
    const strange = { big: 1n } as OpenOptions
    await expect(open(strange)).rejects.toMatchObject({ code: 'engine/bad-argument' })
    const late = openLate()
    const db = await late.opening
    late.go()
    const asked = db.run({ ...bySymbol(db).query, limit: 2n as never })
    await expect(Promise.resolve(asked)).rejects.toMatchObject({ code: 'query/invalid' })
    await db.close()
  })

  test('nor after anything was written, until it is kept again', async () => {
    await visit()
    const db = await open()
    await units(db).update('foot', { factor: 0.305 })
    await db.close()
    expect(await isEarly()).toBe(false) // nobody asked since
    const next = await open()
    await ask(next)
    await units(next).update('foot', { factor: 0.306 })
    await next.close() // keeps what it shows
    const late = openLate()
    const third = await late.opening
    const [foot] = await bySymbol(third)
    expect(foot).toMatchObject({ $id: 'foot', factor: 0.306, $status: 'modified' })
    late.go()
    await third.commit({ message: 'Measure again' })
    await third.compact()
    await third.close()
    expect(await isEarly()).toBe(true) // the engine heard of what the page had answered
  })

  test('nor what another tab has overtaken', async () => {
    const first = await open()
    await first.settled()
    await ask(first)
    const second = await open()
    await units(second).update('foot', { factor: 0.305 })
    expect(await isEarly()).toBe(false)
    await second.close()
    await first.close()
  })

  test('nor what a tab shows that heard nothing of the others', async () => {
    await visit()
    const deaf = await open({}, undefined, createNodeTabs())
    await bySymbol(deaf)
    const other = await open()
    await units(other).update('foot', { symbol: 'aa' })
    await other.close()
    await deaf.close() // keeps nothing: what it shows is not what is stored
    expect(await isEarly()).toBe(false)
  })

  test('an opening that fails is told by the calls that follow', async () => {
    await visit()
    const db = await open({}, () => async () => {
      const error = new EspalierError('storage/unavailable', 'Gone.')
      return { ok: false, error: error.toJSON() }
    })
    const failed: unknown[] = []
    const live = new Promise((resolve) => bySymbol(db).subscribe(() => {}, resolve))
    await expect(units(db).count()).rejects.toMatchObject({ code: 'storage/unavailable' })
    failed.push(await live)
    expect(failed).toMatchObject([{ code: 'storage/unavailable' }])
    await expect(db.status()).rejects.toMatchObject({ code: 'storage/unavailable' })
  })

  test('a signal ends an opening that has not ended, and no other', async () => {
    await visit()
    await expect(open({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'remote/aborted' })
    const stopping = new AbortController()
    const late = openLate({ signal: stopping.signal })
    const db = await late.opening
    stopping.abort()
    late.go()
    expect(await units(db).count()).toBeGreaterThan(0)
    await db.close()
  })

  test('what is damaged or gone is left to the engine', async () => {
    await visit()
    const store = await openDB(storeName())
    await store.put('system', { key: firstScreenKey, value: '{ "protocol"' })
    store.close()
    expect(await isEarly()).toBe(false)

    names.add('espalier https://git.example.com/never-stored.git')
    const nowhere = openOver(
      { ...connectInProcess(createNodeEngine({ openStorage: openIdbStorage, tabs })), stores },
      'https://git.example.com/never-stored.git',
      { author, bundle: new Uint8Array(4) },
    )
    await expect(nowhere).rejects.toThrow()
  })

  test('whatever two tabs do, an early answer is that of the engine', async () => {
    const tab = fc.nat(1)
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('ask' as const), tab }),
        fc.record({ do: fc.constantFrom('commit', 'discard', 'undo', 'compact'), tab }),
        fc.record({ do: fc.constant('edit' as const), tab, key: fc.constantFrom('foot', 'yard', 'ell') }),
        { weight: 3, arbitrary: fc.record({ do: fc.constant('reopen' as const), tab, close: fc.boolean() }) },
      ),
      { minLength: 6, maxLength: 16 },
    )
    let early = 0
    let late = 0
    let counter = 0
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        url = host.make('screen').url
        const shown = [await open(), await open()]
        const queries = (db: Database) => [bySymbol(db), units(db).find({ limit: 3 })]
        for (const step of steps) {
          const db = shown[step.tab] as Database // two tabs
          if (step.do === 'ask') await Promise.all(queries(db))
          else if (step.do === 'edit')
            await units(db).upsert({ $id: step.key, symbol: `${9 - (++counter % 9)}`, factor: counter })
          else if (step.do === 'commit') {
            if ((await db.changes()).length > 0) await db.commit({ message: `Commit ${++counter}` })
          } else if (step.do === 'discard') await db.discard()
          else if (step.do === 'undo') await db.undo()
          else if (step.do === 'compact') await db.compact()
          else if ('close' in step) {
            if (step.close) await db.close()
            const next = openLate()
            const isEarly = await Promise.race([next.opening.then(() => true), next.asked.then(() => false)])
            if (isEarly) early++
            else late++
            const opened = isEarly ? await next.opening : undefined
            // Those that are not known wait.
            const asked = opened && Promise.all(queries(opened))
            next.go()
            const fresh = await next.opening
            const first = await asked
            await fresh.refresh()
            const now = await Promise.all(queries(fresh))
            if (first) expect(plain(first)).toEqual(plain(now))
            shown[step.tab] = fresh
          }
        }
        for (const db of shown) await db.close()
      }),
      { numRuns: 25, seed: 7 },
    )
    expect(early).toBeGreaterThan(10)
    expect(late).toBeGreaterThan(10)
  })
})
