import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { render } from 'svelte/server'
import { readable } from 'svelte/store'
import { expect, test } from 'vitest'
import { createSSRApp, h, ref } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'
import type { LiveSource } from './query-store.ts'
import Countries from '../../test/browser/countries.svelte'
import * as inReact from './react.ts'
import { queryStore, recordStore } from './svelte.ts'
import * as inVue from './vue.ts'

const untouched: LiveSource<string> = {
  key: 'untouched',
  subscribe: () => {
    throw new Error('nothing may run on a server')
  },
}

const records = { get: async () => undefined, find: () => untouched }

test('React renders a query on a server as loading, and runs nothing', () => {
  const Page = (): string => inReact.useQuery(untouched).status
  expect(renderToString(createElement(Page))).toBe('loading')
  const Record = (): string => inReact.useRecord(records, 'a').status
  expect(renderToString(createElement(Record))).toBe('loading')
  const State = (): string => String(inReact.useStatus())
  expect(renderToString(createElement(State))).toBe('undefined')
})

test('Vue renders a query on a server as loading, and runs nothing', async () => {
  const app = createSSRApp({
    setup() {
      const query = inVue.useQuery(untouched)
      const record = inVue.useRecord(records, 'a')
      return () => h('p', `${query.value.status} ${record.value.status}`)
    },
  })
  expect(await renderVue(app)).toBe('<p>loading loading</p>')
})

test('a record without a key is loading, and nothing is asked: nothing may be selected yet', async () => {
  const unasked = {
    get: records.get,
    find: (): never => {
      throw new Error('nobody asks for a record without a key')
    },
  }
  const Record = (): string => inReact.useRecord(unasked, undefined).status
  expect(renderToString(createElement(Record))).toBe('loading')
  const selected = ref<string>()
  const app = createSSRApp({
    setup() {
      const record = inVue.useRecord(unasked, selected)
      return () => h('p', record.value.status)
    },
  })
  expect(await renderVue(app)).toBe('<p>loading</p>')
})

test('Vue runs nothing on a server when a query becomes another one either', async () => {
  const app = createSSRApp({
    setup() {
      const key = ref('first')
      const query = inVue.useQuery(() => ({ ...untouched, key: key.value }))
      key.value = 'second'
      return () => h('p', query.value.status)
    },
  })
  expect(await renderVue(app)).toBe('<p>loading</p>')
})

test('Svelte renders a query on a server as loading, and leaves nothing running', () => {
  let running = 0
  const source: LiveSource<string> = {
    key: 'counted',
    subscribe: () => {
      running++
      return () => void running--
    },
  }
  const { body } = render(Countries, {
    props: {
      large: queryStore(source),
      ireland: recordStore({ get: async () => undefined, find: () => source }, 'ie'),
      status: readable(undefined),
      show: () => expect.unreachable('an effect on a server'),
    },
  })
  expect(body).toContain('<p>loading loading undefined</p>')
  expect(running).toBe(0)
})

test('a missing provider is named', async () => {
  const Page = (): string => inReact.useDatabase().repository
  expect(() => renderToString(createElement(Page))).toThrow(/Wrap your app in <DatabaseProvider/)
  const app = createSSRApp({
    setup: () => {
      const { repository } = inVue.useDatabase()
      return () => repository
    },
  })
  app.config.warnHandler = () => {}
  await expect(renderVue(app)).rejects.toThrow(/Call provideDatabase/)
})
