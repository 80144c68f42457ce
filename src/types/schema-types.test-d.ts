// Checked by the type checker (`npm run check -- types`), never run: every marked line must be an error.
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Collection, CollectionTypes, Database, Json, Ref, Row } from '../index.ts'
import { defineSchema, open, type Infer } from '../index.ts'

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(answer: Same<A, B>): void

interface Country {
  readonly name: string
  readonly continent: 'Africa' | 'Europe'
  readonly currency?: Ref<'geo.currencies'> | null
  readonly density?: number | null
}
type CountryInsert = Omit<Country, 'density'>

interface Schema {
  readonly 'geo.countries': CollectionTypes<Country, CountryInsert, Ref<'geo.countries'>>
  readonly 'geo.countries/cities': CollectionTypes<
    { readonly $parent: Ref<'geo.countries'>; readonly name: string },
    { readonly name: string },
    Ref<'geo.countries/cities'>
  >
  readonly 'geo.currencies': CollectionTypes<{ readonly symbol: string }>
  readonly plain: { readonly text: string }
}

declare const db: Database<Schema>

export async function rowsHaveTheFieldsOfTheirCollection(): Promise<void> {
  const countries = db.collection('geo.countries')
  const row = await countries.get('ie')
  if (row === undefined) return
  same<typeof row, Row<Country, Ref<'geo.countries'>>>(true)
  same<(typeof row)['continent'], 'Africa' | 'Europe'>(true)
  // @ts-expect-error -- no such field
  void row.population
  // @ts-expect-error -- rows are values: they do not change
  row.name = 'Eire'
  // @ts-expect-error -- no such collection
  db.collection('geo.rivers')
}

export async function referencesLeadToTheirCollectionOnly(): Promise<void> {
  const row = await db.collection('geo.countries').get('ie')
  const city = (await db.collection('geo.countries/cities').all())[0]
  if (row?.currency == null || city === undefined) return
  await db.collection('geo.countries').get(city.$parent)
  await db.collection('geo.countries').get(row.$id)
  const text: string = row.currency
  await db.collection('geo.countries').get(text)
  // @ts-expect-error -- the key of a currency is no key of a country
  await db.collection('geo.countries').get(row.currency)
}

export async function subcollectionsOfARecordAreTyped(): Promise<void> {
  const cities = db.collection('geo.countries').record('ie').collection('cities')
  const city = await cities.get('dublin')
  same<NonNullable<typeof city>['name'], string>(true)
  await cities.insert({ $id: 'cork', name: 'Cork' })
  // @ts-expect-error -- a required column is missing
  await cities.insert({ $id: 'cork' })
  // @ts-expect-error -- countries have no such subcollection
  db.collection('geo.countries').record('ie').collection('rivers')
  // @ts-expect-error -- nor have currencies any
  db.collection('geo.currencies').record('eur').collection('cities')
}

export async function insertsTakeWhatIsStored(): Promise<void> {
  const countries = db.collection('geo.countries')
  await countries.insert({ $id: 'is', name: 'Iceland', continent: 'Europe', currency: 'isk' })
  await countries.update('is', { name: 'Ísland', currency: undefined })
  // @ts-expect-error -- a required column is missing
  await countries.insert({ $id: 'is', name: 'Iceland' })
  // @ts-expect-error -- a computed column cannot be written
  await countries.insert({ $id: 'is', name: 'Iceland', continent: 'Europe', density: 3 })
  // @ts-expect-error -- nor updated
  await countries.update('is', { density: 3 })
  // @ts-expect-error -- not one of the permitted values
  await countries.update('is', { continent: 'Atlantis' })
  await db.collection('plain').insert({ $id: 'a', text: 'A plain object type is row and insert' })
}

export async function otherWritesAreTypedToo(): Promise<void> {
  const countries = db.collection('geo.countries')
  await countries.insert({ name: 'Iceland', continent: 'Europe' }) // the collection may make keys
  await countries.upsertMany([{ $id: 'is', name: 'Iceland', continent: 'Europe' }])
  await countries.updateMany({ where: { continent: 'Europe' } }, { currency: null })
  await countries.updateMany([{ key: 'is', patch: { name: 'Ísland' } }])
  await countries.deleteMany(['is', { key: 'ie', ifMatch: 'x' }])
  const name = await db.transaction(async (tx) => (await tx.collection('geo.countries').get('ie'))?.name)
  same<typeof name, string | undefined>(true)
  // @ts-expect-error -- whole rows have all required columns
  await countries.replace({ $id: 'is', name: 'Iceland' })
  // @ts-expect-error -- a row that exists has a key
  await countries.replace({ name: 'Iceland', continent: 'Europe' })
  // @ts-expect-error -- a computed column cannot be written
  await countries.updateMany({ where: { continent: 'Europe' } }, { density: 3 })
  // @ts-expect-error -- no such collection
  await db.transaction((tx) => tx.collection('geo.rivers').all())
}

export async function withoutASchemaEverythingIsJson(): Promise<void> {
  const untyped = await open('https://git.example.com/data.git')
  same<ReturnType<typeof untyped.collection<'anything'>>, Collection>(true)
  const row = await untyped.collection('anything').get('key')
  const value: Json | undefined = row?.['field']
  await untyped.collection('anything').insert({ $id: 'x', any: ['thing', value ?? null] })
}

const inline = defineSchema({
  'geo.countries': {
    columns: {
      name: { type: 'string', required: true },
      continent: { type: 'string', required: true, enum: ['Africa', 'Europe'] },
      currency: { type: 'string', foreignKey: 'currencies' },
      other: { type: 'string', foreignKey: 'units' },
      names: { type: 'map[locale]string' },
      sizes: { type: 'map[string]int' },
      tags: { type: '[]string' },
      density: { type: 'float', formula: 'population / area' },
    },
  },
  'geo.currencies': { columns: { symbol: { type: 'string', required: true }, extra: { type: 'any' } } },
  'geo.countries/cities': { columns: { name: { type: 'string', required: true }, since: { type: 'date' } } },
  units: { columns: { factor: { type: 'float', required: false } } },
})

declare const inlineDb: Database<Infer<typeof inline>>

export async function inlineSchemasAreInferred(): Promise<void> {
  const countries = inlineDb.collection('geo.countries')
  const row = await countries.get('ie')
  if (row === undefined) return
  same<(typeof row)['name'], string>(true)
  same<(typeof row)['continent'], 'Africa' | 'Europe'>(true)
  same<(typeof row)['currency'], Ref<'geo.currencies'> | null | undefined>(true)
  same<(typeof row)['other'], Ref<'units'> | null | undefined>(true)
  same<(typeof row)['names'], { readonly [locale: string]: string | undefined } | null | undefined>(true)
  same<(typeof row)['sizes'], { readonly [key: string]: number } | null | undefined>(true)
  same<(typeof row)['tags'], readonly string[] | null | undefined>(true)
  same<(typeof row)['density'], number | null | undefined>(true)
  await countries.insert({ $id: 'is', name: 'Iceland', continent: 'Europe', tags: ['island'] })
  // @ts-expect-error -- a computed column cannot be written
  await countries.insert({ $id: 'is', name: 'Iceland', continent: 'Europe', density: 3 })
  // @ts-expect-error -- a required column is missing
  await countries.insert({ $id: 'is', continent: 'Europe' })
  const city = await inlineDb.collection('geo.countries/cities').get('ie/dublin')
  same<NonNullable<typeof city>['$parent'], Ref<'geo.countries'> & string>(true)
  same<NonNullable<typeof city>['since'], string | null | undefined>(true)
  await inlineDb.collection('geo.countries/cities').insert({ $id: 'ie/cork', name: 'Cork' })
}

// @ts-expect-error -- a schema's columns have rules of the right type
defineSchema({ broken: { columns: { name: { type: 'string', maxLength: 'ten' } } } })

declare const validator: StandardSchemaV1<
  { readonly name: string; readonly size?: number },
  { readonly name: string; readonly size: number }
>

export async function validatorsGiveTheTypesOfTheirCollection(): Promise<void> {
  const checked = await open('https://git.example.com/data.git', { schemas: { units: validator } })
  const row = await checked.collection('units').get('metre')
  same<NonNullable<typeof row>['size'], number>(true)
  await checked.collection('units').insert({ $id: 'foot', name: 'Foot' })
  // @ts-expect-error -- not of the validator's input type
  await checked.collection('units').insert({ $id: 'foot', name: 3 })
  const other = await checked.collection('others').get('x')
  same<typeof other, Row | undefined>(true)
  const typed = await open<Schema>('https://git.example.com/data.git', { schemas: { plain: validator } })
  same<typeof typed, Database<Schema>>(true)
}
