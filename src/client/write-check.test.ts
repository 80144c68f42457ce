import type { StandardSchemaV1 } from '@standard-schema/spec'
import { beforeEach, expect, test } from 'vitest'
import { useGitHost } from '../../test/support/git-host.ts'
import { isEspalierError } from '../protocol/errors.ts'
import { open } from '../node.ts'

interface Country {
  readonly name: string
  readonly population?: number
}

/** A validator of our own: what libraries of this standard do, transformation included. */
const country: StandardSchemaV1<Country, Country> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      await Promise.resolve()
      const { name, population, ...rest } = value as Partial<Country>
      const issues: StandardSchemaV1.Issue[] = []
      if (typeof name !== 'string' || name.trim() === '')
        issues.push({ message: 'A name has letters.', path: [{ key: 'name' }] })
      if (population !== undefined && population < 0)
        issues.push({ message: 'Nobody is the least.', path: ['population'] })
      if (issues.length > 0) return { issues }
      return {
        value: { ...rest, name: String(name).trim(), ...(population === undefined ? {} : { population }) },
      }
    },
  },
}

const host = useGitHost()
let url: string

beforeEach(() => {
  url = host.make('data').url
})

test('an insert is validated before it is sent, and what the validator gives back is stored', async () => {
  const db = await open(url, { schemas: { 'geo.countries': country } })
  const countries = db.collection('geo.countries')
  await countries.insert({ $id: 'is', name: '  Iceland ' })
  expect(await countries.get('is')).toMatchObject({ name: 'Iceland' })
  await db.close()
})

test('what a validator refuses is not written: all issues, of all rows, with their places', async () => {
  const db = await open(url, { schemas: { 'geo.countries': country } })
  const countries = db.collection('geo.countries')
  const refused = await countries
    .insertMany([
      { $id: 'aa', name: '', population: -1 },
      { $id: 'bb', name: 'B' },
      { $id: 'cc', name: ' ' },
    ])
    .catch((error: unknown) => error)
  expect(isEspalierError(refused, 'record/invalid') && refused.data['issues']).toEqual([
    {
      code: 'validation/schema',
      severity: 'error',
      message: 'A name has letters.',
      file: '',
      collection: 'geo.countries',
      key: 'aa',
      path: ['name'],
    },
    expect.objectContaining({ key: 'aa', path: ['population'], message: 'Nobody is the least.' }),
    expect.objectContaining({ key: 'cc', path: ['name'] }),
  ])
  expect(await countries.get('bb')).toBeUndefined()
  expect(await db.changes()).toEqual([])
  await db.close()
})

test('an update is validated as the record that it makes; only what changes is sent', async () => {
  const db = await open(url, { schemas: { 'geo.countries': country } })
  const countries = db.collection('geo.countries')
  await expect(countries.update('ie', { population: -5 })).rejects.toMatchObject({ code: 'record/invalid' })
  const row = await countries.update('ie', { name: ' Éire ' })
  // A field that the validator does not know stays as it is.
  expect(row).toMatchObject({ name: 'Éire', population: 5_262_382, names: { de: 'Irland' } })
  const without = await countries.update('ie', { population: undefined })
  expect(without).not.toHaveProperty('population')
  await db.close()
})

test("validate: 'off' is about rules of the repository: the app's validators run all the same", async () => {
  const db = await open(url, { schemas: { 'geo.countries': country }, validate: 'off' })
  const countries = db.collection('geo.countries')
  for (const options of [{}, { validate: 'off' }] as const)
    await expect(countries.insert({ $id: 'xx', name: '' }, options)).rejects.toMatchObject({
      code: 'record/invalid',
    })
  await db.close()
})

test('a record that is missing or changed is reported by the engine, as without a validator', async () => {
  const db = await open(url, { schemas: { 'geo.countries': country } })
  const countries = db.collection('geo.countries')
  await expect(countries.update('xx', { name: 'X' })).rejects.toMatchObject({ code: 'record/missing' })
  const stale = (await countries.get('ie'))?.$rev ?? ''
  await countries.update('ie', { name: 'Eire' })
  await expect(countries.update('ie', { name: 'Other' }, { ifMatch: stale })).rejects.toMatchObject({
    code: 'record/changed',
  })
  await db.close()
})

test('updates at the same time are validated again, and none is lost', async () => {
  const db = await open(url, { schemas: { 'geo.countries': country } })
  const countries = db.collection('geo.countries')
  await Promise.all([
    countries.update('ie', { name: 'Eire' }),
    countries.update('ie', { population: 1 }),
    countries.update('fr', { name: 'La France' }),
  ])
  expect(await countries.get('ie')).toMatchObject({ name: 'Eire', population: 1 })
  await db.close()
})

test('collections without a validator are written as always', async () => {
  const db = await open(url, { schemas: { 'geo.countries': country } })
  await db.collection('units').insert({ $id: 'yard', symbol: 'yd', factor: 0.9144 })
  expect(await db.collection('units').count()).toBe(3)
  await db.close()
})
