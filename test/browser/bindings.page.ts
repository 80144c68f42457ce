import { createCollection } from '@tanstack/db'
import { effect } from '@preact/signals-core'
import { createElement as element, Fragment, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { mount, unmount } from 'svelte'
import { createApp, h, ref } from 'vue'
import { querySignal, recordSignal, statusSignal } from '../../src/bindings/preact.ts'
import { DatabaseProvider, useDatabase, useQuery, useRecord, useStatus } from '../../src/bindings/react.ts'
import { queryStore, recordStore, statusStore } from '../../src/bindings/svelte.ts'
import { espalierCollection } from '../../src/bindings/tanstack-db.ts'
import * as inVue from '../../src/bindings/vue.ts'
import { type Database, open } from '../../src/index.ts'
import Countries from './countries.svelte'

const least = 60_000_000

/** Each binding shows the same: how many countries are large, the population of Ireland, and the working changes. */
const shown = new Map<string, { large: string; ireland: string; changes: string; renders: number }>()

function show(binding: string, part: Partial<{ large: unknown; ireland: unknown; changes: unknown }>): void {
  const now = shown.get(binding) ?? { large: '', ireland: '', changes: '', renders: 0 }
  const texts = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, String(value)]))
  shown.set(binding, { ...now, ...texts, renders: now.renders + 1 })
}

const names = (rows: readonly { readonly $id: string }[]): string => rows.map(({ $id }) => $id).join()

let db: Database
let tanstack: ReturnType<typeof startTanstack>
const unmounts: (() => void)[] = []

function large(from: Database, more: number) {
  return from.collection('geo.countries').find({ where: { population: { gte: more } } })
}

function mountReact(): void {
  function Countries(): ReactNode {
    const database = useDatabase()
    // A query made anew in every render is still one subscription.
    const { rows, status } = useQuery(large(database, least))
    const { row } = useRecord(database.collection('geo.countries'), 'ie')
    const state = useStatus()
    show('react', {
      large: status === 'ready' ? names(rows) : status,
      ireland: row?.['population'],
      changes: state?.workingChanges,
    })
    return element(Fragment)
  }
  const root = createRoot(document.createElement('div'))
  root.render(element(DatabaseProvider, { database: db }, element(Countries)))
  unmounts.push(() => root.unmount())
}

/** Moves the bound of Vue's query. */
const vueLeast = ref(least)

function mountVue(): void {
  const Countries = {
    setup() {
      const database = inVue.useDatabase()
      const query = inVue.useQuery(() => large(database, vueLeast.value))
      const ireland = inVue.useRecord(database.collection('geo.countries'), 'ie')
      const status = inVue.useStatus()
      return () => {
        show('vue', {
          large: query.value.status === 'ready' ? names(query.value.rows) : query.value.status,
          ireland: ireland.value.row?.['population'],
          changes: status.value?.workingChanges,
        })
        return h('p')
      }
    },
  }
  const app = createApp({
    setup() {
      inVue.provideDatabase(db)
      return () => h(Countries)
    },
  })
  app.mount(document.createElement('div'))
  unmounts.push(() => app.unmount())
}

function mountSvelte(): void {
  const component = mount(Countries, {
    target: document.createElement('div'),
    props: {
      large: queryStore(large(db, least)),
      ireland: recordStore(db.collection('geo.countries'), 'ie'),
      status: statusStore(db),
      show: (part: Parameters<typeof show>[1]) => show('svelte', part),
    },
  })
  unmounts.push(() => void unmount(component))
}

function mountSignals(): void {
  const query = querySignal(large(db, least))
  const ireland = recordSignal(db.collection('geo.countries'), 'ie')
  const status = statusSignal(db)
  unmounts.push(
    effect(() =>
      show('signals', {
        large: query.value.status === 'ready' ? names(query.value.rows) : query.value.status,
        ireland: ireland.value.row?.['population'],
        changes: status.value?.workingChanges,
      }),
    ),
  )
}

function startTanstack() {
  return createCollection(espalierCollection(db.collection('geo.countries')))
}

const bindings = {
  async mount(url: string): Promise<void> {
    db = await open(url, { author: { name: 'Ada', email: 'ada@example.com' } })
    mountReact()
    mountVue()
    mountSvelte()
    mountSignals()
    tanstack = startTanstack()
    await tanstack.preload()
  },
  db: (): Database => db,
  shown: () => Object.fromEntries(shown),
  moveVue: (to: number) => {
    vueLeast.value = to
  },
  tanstackPopulation: (key: string): unknown => tanstack.get(key)?.['population'],
  tanstackKeys: (): readonly string[] => [...tanstack.keys()].toSorted(),
  /** Each change is one of TanStack's transactions; resolves when it is durable. */
  async changeTanstack(): Promise<void> {
    await tanstack.insert({ $id: 'is', $rev: '', name: 'Iceland', population: 387_758 } as never).isPersisted
      .promise
    await tanstack.update('ie', (draft) => {
      Object.assign(draft, { population: 90_000_000 })
    }).isPersisted.promise
    await tanstack.delete('de').isPersisted.promise
  },
  unmount: () => {
    for (const unmount of unmounts) unmount()
  },
}

export type BindingsPage = typeof bindings
Object.assign(globalThis, { bindings })
