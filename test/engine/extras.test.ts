import { describe, expect, test } from 'vitest'
import { connectInProcess } from '../../src/client/connection.ts'
import type { Database } from '../../src/client/database.ts'
import { openOver } from '../../src/open.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { createEngine } from '../../worker/engine/engine.ts'
import type { Platform } from '../../worker/engine/platform/platform.ts'
import {
  createParts,
  type EngineExtras,
  type EngineExtrasLoader,
} from '../../worker/engine/platform/plugins.ts'
import { extras } from '../../worker/extras.ts'
import { createNodeTabs } from '../../worker/node-engine.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { useGitHost } from '../support/git-host.ts'
import { makeBareRepository } from '../support/git-repositories.ts'
import { author, unlisted } from './world.ts'

const host = useGitHost()

const definition = (name: string, format: string, type: string, columns: string): string =>
  `record_file:\n  name: "${name}"\n  format: ${format}\n  type: "${type}"\ncolumns:\n${columns}`
const towns = {
  '.ingitdb/root-collections.yaml': 'towns: towns\nfruit: fruit\n',
  '.ingitdb/settings.yaml': 'default_namespace: all\n',
  'towns/.collection/definition.yaml': definition(
    '{key}.json',
    'json',
    'map[string]any',
    '  name:\n    type: string\n    required: true\n  people:\n    type: int\n    min_value: 1\n',
  ),
  'towns/$records/lyon.json': '{\n  "name": "Lyon",\n  "people": 522250\n}\n',
  'fruit/.collection/definition.yaml': definition(
    'fruit.jsonl',
    'jsonl',
    '[]map[string]any',
    '  id:\n    type: string\n  name:\n    type: string\n',
  ),
  'fruit/fruit.jsonl': '{"id":"ap","name":"Apple"}\n{"id":"pe","name":"Pear"}\n',
}

/** Loads the extras as a browser's worker does: later, and not when `fails` says so. */
function countingLoader(): EngineExtrasLoader & { loads: number; fails: boolean } {
  let loaded: EngineExtras | undefined
  let loading: Promise<EngineExtras> | undefined
  return {
    loads: 0,
    fails: false,
    get loaded() {
      return loaded
    },
    load() {
      if (loaded) return Promise.resolve(loaded)
      loading ??= (async () => {
        this.loads++
        await new Promise((resolve) => setTimeout(resolve, 1))
        loading = undefined
        if (this.fails) throw new EspalierError('client/extras-failed', 'It is not there.')
        return (loaded = extras)
      })()
      return loading
    },
  }
}

async function openWith(
  loader: EngineExtrasLoader,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Database> {
  makeBareRepository(host.path, name, files)
  const platform: Platform = {
    ...createNodeTabs(),
    ...unlisted,
    environment: 'node',
    hasStorage: async () => false,
    openStorage: async () => createMemoryStorage(),
    persisted: async () => null,
    whenIdle: () => () => {},
    after: () => () => {},
  }
  const engine = createEngine(platform, createParts(loader))
  return openOver(connectInProcess(engine), `${host.server.url}/${name}.git`, { author })
}

describe('An engine whose extras come later', () => {
  test('reads, checks, writes and commits a database of JSON without them', async () => {
    const loader = countingLoader()
    const db = await openWith(loader, 'json', towns)
    expect((await db.collections()).issues).toEqual([])
    expect(await db.collection('fruit').all()).toHaveLength(2)
    await db.collection('fruit').insert({ $id: 'fi', id: 'fi', name: 'Fig' })
    await db.collection('towns').update('lyon', { people: 522_251 })
    await expect(db.collection('towns').update('lyon', { people: 0 })).rejects.toMatchObject({
      code: 'record/invalid',
    })
    await db.commit({ message: 'Fig' })
    expect(await db.push()).toMatchObject({ status: 'pushed' })
    expect(loader.loads).toBe(0)
    expect(await db.validate()).toMatchObject({ valid: true })
    expect(loader.loads).toBe(1)
    await db.close()
  })

  const needs: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['a definition that is not flat', { '.ingitdb/settings.yaml': 'default_namespace: &a all # x\n' }],
    ['an issue with a place', { '.ingitdb/settings.yaml': 'default_namespace: all\ncolour: red\n' }],
    [
      'a formula',
      {
        'towns/.collection/definition.yaml': `${towns['towns/.collection/definition.yaml']}  twice:\n    type: int\n    formula: people * 2\n`,
      },
    ],
    [
      'a collection of CSV',
      {
        'fruit/.collection/definition.yaml': towns['fruit/.collection/definition.yaml'].replaceAll(
          'jsonl',
          'csv',
        ),
        'fruit/fruit.csv': 'id,name\nap,Apple\npe,Pear\n',
      },
    ],
    [
      'a collection of YAML',
      {
        'fruit/.collection/definition.yaml': definition(
          'fruit.yaml',
          'yaml',
          'map[$record_id]map[$field_name]any',
          '  name:\n    type: string\n',
        ),
        'fruit/fruit.yaml': 'ap: &a # red\n  name: Apple\npe: {name: Pear}\n',
      },
    ],
    [
      'a collection of TOML',
      {
        'fruit/.collection/definition.yaml': definition(
          'fruit.toml',
          'toml',
          'map[$record_id]map[$field_name]any',
          '  name:\n    type: string\n',
        ),
        'fruit/fruit.toml': '[ap]\nname = "Apple"\n[pe]\nname = "Pear"\n',
      },
    ],
  ]
  test.each(needs)('loads them once for %s', async (what, files) => {
    const loader = countingLoader()
    const db = await openWith(loader, what.replaceAll(' ', '-'), { ...towns, ...files })
    const names = (await db.collection('fruit').all()).map(({ name }) => name)
    expect(names).toEqual(['Apple', 'Pear'])
    const lyon = await db.collection('towns').get('lyon')
    expect(lyon?.['twice']).toBe(what === 'a formula' ? 1_044_500 : undefined)
    expect((await db.collections()).issues).toMatchObject(
      what === 'an issue with a place' ? [{ file: '.ingitdb/settings.yaml', line: 2, column: 1 }] : [],
    )
    expect(loader.loads).toBe(1)
    await db.close()
  })

  test('loads them for a repository without definitions, and for changes of the schema', async () => {
    const loader = countingLoader()
    const db = await openWith(loader, 'plain', { 'towns/lyon.json': '{"name": "Lyon"}\n' })
    expect((await db.collections()).collections.map(({ definition: { id } }) => id)).toEqual(['towns'])
    expect(loader.loads).toBe(1)
    await db.close()
    const later = countingLoader()
    const made = await openWith(later, 'schema', towns)
    expect(later.loads).toBe(0)
    const change = { kind: 'rename-column', collection: 'towns', name: 'people', to: 'inhabitants' } as const
    await made.schema.apply([change], { message: 'Inhabitants' })
    expect(await made.collection('towns').get('lyon')).toMatchObject({ inhabitants: 522_250 })
    expect(later.loads).toBe(1)
    await made.close()
  })

  test('keeps JSON collections open when they cannot be loaded, and tries again at the next call', async () => {
    const loader = countingLoader()
    loader.fails = true
    const csv = {
      'fruit/.collection/definition.yaml': towns['fruit/.collection/definition.yaml'].replaceAll(
        'jsonl',
        'csv',
      ),
      'fruit/fruit.csv': 'id,name\nap,Apple\n',
    }
    const db = await openWith(loader, 'failing', { ...towns, ...csv })
    expect(await db.collection('towns').get('lyon')).toMatchObject({ people: 522_250 })
    await expect(db.collection('fruit').all()).rejects.toMatchObject({ code: 'client/extras-failed' })
    await expect(db.validate()).rejects.toMatchObject({ code: 'client/extras-failed' })
    loader.fails = false
    expect(await db.collection('fruit').get('ap')).toMatchObject({ name: 'Apple' })
    await db.close()
  })
})
