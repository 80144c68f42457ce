// Checked by the type checker (`npm run check -- types`), never run: every marked line must be an error.
import type { Collection, CollectionTypes, Database, Expr, Json, Ref, Row } from '../index.ts'
import type { Row as NodeRow, SelectedValues } from '../node.ts'
import { and, count, eq, field, gt, max, startsWith, sum } from '../query.ts'

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
declare function same<A, B>(answer: Same<A, B>): void

interface Country {
  readonly name: string
  readonly continent: 'Africa' | 'Europe'
  readonly population: number
  readonly area?: number | null
  readonly landlocked?: boolean
  readonly currency?: Ref<'geo.currencies'> | null
  readonly names: { readonly [locale: string]: string | undefined }
  readonly tags?: readonly string[]
  readonly capital?: { readonly name: string; readonly at: { readonly lat: number; readonly lon: number } }
  readonly extra?: Json
}

interface Schema {
  readonly 'geo.countries': CollectionTypes<Country, Country, Ref<'geo.countries'>>
  readonly 'geo.currencies': CollectionTypes<
    { readonly symbol: string; readonly rank: number },
    { readonly symbol: string; readonly rank: number },
    Ref<'geo.currencies'>
  >
  readonly 'geo.cities': CollectionTypes<
    { readonly name: string; readonly country: Ref<'geo.countries'>; readonly size: number },
    { readonly name: string; readonly country: Ref<'geo.countries'>; readonly size: number },
    Ref<'geo.cities'>
  >
}

declare const db: Database<Schema>
declare const untyped: Database
const countries = db.collection('geo.countries')

export async function conditionsFitTheirColumns(): Promise<void> {
  const rows = await countries.find({
    where: {
      name: { startsWith: 'I', ignoreCase: true },
      continent: 'Europe',
      population: { gte: 1e6, lt: 5e6 },
      area: null,
      landlocked: { ne: true },
      currency: { in: ['eur', 'gbp'] },
      'names.de': { contains: 'land' },
      'capital.at.lat': { between: [50, 60] },
      tags: { hasAll: ['island'] },
      extra: { anything: ['goes'] },
      'extra.deep.down': 3,
      $id: { notIn: ['fr'] },
      $status: 'modified',
      or: [{ name: 'Ireland' }, { not: { population: { not: { gt: 3 } } } }],
    },
    orderBy: [{ population: 'desc' }, 'names.de', [['names', 'zh.Hant'], { locale: 'zh' }]],
  })
  same<typeof rows, readonly Row<Country, Ref<'geo.countries'>>[]>(true)
  // Sortable tables: a variable as the name of an object would make its direction any text.
  const sorted = 'name' as 'name' | 'population'
  await countries.find({ orderBy: [[sorted, 'desc'], 'names.de'] })
  await countries.find({ orderBy: [[sorted]] })
  // @ts-expect-error -- no such field
  await countries.find({ orderBy: [['nmae', 'desc']] })
  await countries.find({ where: [['names', 'zh.Hant'], { eq: 'x' }] })
  // Mongo's names
  await countries.find({
    where: {
      $or: [{ population: { $gt: 5, $lte: 20 } }, { name: { $regex: '^I', $options: 'i' } }],
      tags: { $all: ['a'], $size: 2 },
      continent: { $nin: ['Africa'] },
      area: { $exists: true },
    },
  })

  // @ts-expect-error -- no such column
  await countries.find({ where: { nmae: 'Ireland' } })
  // @ts-expect-error -- beside one that there is
  await countries.find({ where: { name: 'Ireland', nmae: 'Ireland' } })
  // @ts-expect-error -- inside or
  await countries.find({ where: { or: [{ name: 'a', nmae: 'Ireland' }] } })
  // @ts-expect-error -- numbers contain nothing
  await countries.find({ where: { population: { contains: '5' } } })
  // @ts-expect-error -- a number is needed
  await countries.find({ where: { population: { gt: '5' } } })
  // @ts-expect-error -- not one of the permitted values
  await countries.find({ where: { continent: 'Atlantis' } })
  // @ts-expect-error -- nor here
  await countries.find({ where: { continent: { in: ['Atlantis'] } } })
  // @ts-expect-error -- no such operator
  await countries.find({ where: { name: { like: 'x' } } })
  // @ts-expect-error -- the capital has no such part
  await countries.find({ where: { 'capital.mayor': 'x' } })
  // @ts-expect-error -- coordinates are numbers
  await countries.find({ where: { 'capital.at.lat': 'north' } })
  // @ts-expect-error -- another collection's key
  await countries.find({ where: { $id: 'eur' as Ref<'geo.currencies'> & { readonly never: 1 } } })
  // @ts-expect-error -- lists hold items, they are not in order
  await countries.find({ where: { tags: { gt: 'a' } } })
  // @ts-expect-error -- no such column
  await countries.find({ orderBy: 'nmae' })
  // @ts-expect-error -- no such direction
  await countries.find({ orderBy: { name: 'down' } })
  // @ts-expect-error -- no such option
  await countries.find({ where: {}, limt: 3 })

  const found = await countries.search('ireland', { fields: ['name'], select: ['area'], limit: 3 })
  same<NonNullable<(typeof found)[number]>['area'], number | null | undefined>(true)
  // @ts-expect-error -- no such column
  await countries.search('ireland', { fields: ['nmae'] })
}

export async function rowsHoldWhatWasSelected(): Promise<void> {
  const [listed] = await countries.find({ select: ['name', 'names.de', 'area'] })
  same<NonNullable<typeof listed>['name'], string>(true)
  same<NonNullable<typeof listed>['names.de'], string | undefined>(true)
  same<NonNullable<typeof listed>['area'], number | null | undefined>(true)
  same<NonNullable<typeof listed>['$id'], Ref<'geo.countries'>>(true)
  // @ts-expect-error -- not selected
  void listed?.population
  const renamed = await countries.first({ select: { label: 'name', people: 'population' } })
  same<NonNullable<typeof renamed>['label'], string>(true)
  same<NonNullable<typeof renamed>['people'], number>(true)
  // @ts-expect-error -- no such column
  await countries.find({ select: ['nmae'] })
  // @ts-expect-error -- no such column
  await countries.find({ select: { label: 'nmae' } })
}

export async function includesFollowForeignKeys(): Promise<void> {
  const [row] = await countries.find({
    include: {
      currency: true,
      money: { column: 'currency' },
      cities: { collection: 'geo.cities', column: 'country', where: { size: { gt: 3 } }, orderBy: 'name' },
    },
  })
  if (!row) return
  same<NonNullable<typeof row.currency>['symbol'], string>(true)
  same<NonNullable<typeof row.money>['rank'], number>(true)
  same<(typeof row.cities)[number]['size'], number>(true)
  same<(typeof row)['name'], string>(true)
  const [city] = await db.collection('geo.cities').find({
    include: { country: { include: { currency: true } } },
  })
  same<NonNullable<NonNullable<NonNullable<typeof city>['country']>['currency']>['symbol'], string>(true)
  const [picked] = await countries.find({
    include: {
      currency: { select: ['symbol'] },
      cities: {
        collection: 'geo.cities',
        column: 'country',
        select: { label: 'name' },
        include: { country: { select: ['name'] } },
      },
    },
  })
  if (!picked) return
  same<keyof NonNullable<typeof picked.currency>, '$id' | '$rev' | 'symbol'>(true)
  same<NonNullable<typeof picked.currency>['symbol'], string>(true)
  same<keyof (typeof picked.cities)[number], '$id' | '$rev' | 'label' | 'country'>(true)
  same<NonNullable<(typeof picked.cities)[number]['country']>['name'], string>(true)
  // @ts-expect-error -- no such column there
  await countries.find({ include: { currency: { select: ['symbl'] } } })
  // @ts-expect-error -- no such column there
  await countries.find({ include: { currency: { select: { label: 'symbl' } } } })
  // @ts-expect-error -- a name is no key
  await countries.find({ include: { population: true } })
  // @ts-expect-error -- no such column
  await countries.find({ include: { curency: true } })
  // @ts-expect-error -- no such collection
  await countries.find({ include: { cities: { collection: 'geo.rivers', column: 'country' } } })
  // @ts-expect-error -- no such column there
  await countries.find({ include: { cities: { collection: 'geo.cities', column: 'land' } } })
  await db.collection('geo.currencies').find({
    // @ts-expect-error -- cities refer to countries
    include: { cities: { collection: 'geo.cities', column: 'country' } },
  })
  await countries.find({
    // @ts-expect-error -- no such column there
    include: { cities: { collection: 'geo.cities', column: 'country', where: { sise: 3, name: 'x' } } },
  })
}

export async function aggregatesHaveTheirNames(): Promise<void> {
  const groups = await countries.aggregate({
    groupBy: 'continent',
    count: true,
    sum: { people: 'population', land: 'area' },
    max: 'name',
    having: { people: { gt: 5 } },
    orderBy: { count: 'desc' },
  })
  same<
    (typeof groups)[number],
    {
      readonly continent: 'Africa' | 'Europe'
      readonly count: number
      readonly people: number
      readonly land: number
      readonly max: string | null
    }
  >(true)
  const all = await countries.aggregate({ avg: 'population', count: true })
  same<typeof all, { readonly avg: number | null; readonly count: number }>(true)
  // @ts-expect-error -- names cannot be added up
  await countries.aggregate({ sum: 'name' })
  // @ts-expect-error -- no such answer
  await countries.aggregate({ count: true, having: { total: 3 } })
  // @ts-expect-error -- no such column
  await countries.aggregate({ groupBy: 'kontinent', count: true })
}

export async function valuesHaveTheirTypes(): Promise<void> {
  same<Awaited<ReturnType<typeof countries.count>>, number>(true)
  const found: boolean = await countries.exists({ where: { name: 'x' } })
  const continents = await countries.distinct('continent')
  same<typeof continents, readonly ('Africa' | 'Europe')[]>(true)
  const areas = await countries.distinct('area')
  same<typeof areas, readonly (number | null)[]>(true)
  countries.count().subscribe(({ rows }) => same<typeof rows, readonly number[]>(true))
  countries.first().subscribe(({ rows }) => same<(typeof rows)[number]['name'], string>(true))
  void found
}

export async function buildersKnowTheirSources(): Promise<void> {
  const rows = await db.query((q) =>
    q
      .from({ city: 'geo.cities' })
      .join({ land: 'geo.countries' }, ({ city, land }) => eq(city.country, land.$id))
      .leftJoin({ money: 'geo.currencies' }, ({ land, money }) => and(eq(land.currency, money.$id)))
      .where(({ city, land }) =>
        and(gt(city.size, 3), eq(land.continent, 'Europe'), gt(land.capital.at.lat, 5)),
      )
      .groupBy(({ land }) => land.name)
      .select(({ city, land, money }) => ({
        name: land.name,
        symbol: money.symbol,
        n: count(),
        people: sum(city.size),
        last: max(city.name),
        german: field(land, 'names', 'de'),
      })),
  )
  const [row] = rows
  if (row) {
    same<typeof row.name, string>(true)
    same<typeof row.symbol, string | null>(true)
    same<typeof row.people, number>(true)
    same<typeof row.last, string | null>(true)
  }
  const [whole] = await db.query((q) => q.from({ c: 'geo.countries' }).limit(1))
  same<typeof whole, Row<Country, Ref<'geo.countries'>> | undefined>(true)
  // @ts-expect-error -- no such collection
  await db.query((q) => q.from({ r: 'geo.rivers' }))
  const names = await db.transaction((tx) =>
    tx.query((q) => q.from({ c: 'geo.countries' }).select(({ c }) => ({ name: c.name }))),
  )
  same<typeof names, readonly { readonly name: string }[]>(true)
  // @ts-expect-error -- no such collection
  await db.transaction((tx) => tx.query((q) => q.from({ r: 'geo.rivers' })))
  // @ts-expect-error -- no such column
  await db.query((q) => q.from({ c: 'geo.countries' }).where(({ c }) => eq(c.nmae, 'x')))
  // @ts-expect-error -- a number is needed
  await db.query((q) => q.from({ c: 'geo.countries' }).where(({ c }) => gt(c.population, 'x')))
  // @ts-expect-error -- not one of the permitted values
  await db.query((q) => q.from({ c: 'geo.countries' }).where(({ c }) => eq(c.continent, 'Atlantis')))
  await db.query((q) =>
    q
      .from({ c: 'geo.cities' })
      // @ts-expect-error -- the key of a currency is no key of a country
      .join({ m: 'geo.currencies' }, ({ c, m }) => eq(c.country, m.$id)),
  )
}

export async function withoutASchemaAnyJsonGoes(): Promise<void> {
  const rows = await untyped.collection('any').find({
    where: { a: 1, 'b.c': { gt: 3 }, d: { $in: ['x'] }, or: [{ e: null }] },
    orderBy: { a: 'desc' },
    select: ['a'],
  })
  const value: Json | undefined = rows[0]?.a
  await untyped.collection('any').aggregate({ groupBy: 'a', sum: 'b', having: { sum: { gt: 3 } } })
  await untyped.collection('any').find({ include: { owner: true, parts: { collection: 'p', column: 'of' } } })
  const joined = await untyped.query((q) =>
    q
      .from({ a: 'x' })
      .join({ b: 'y' }, ({ a, b }) => eq(field(a, 'of'), field(b, '$id')))
      .groupBy(({ a }) => field(a, 'kind'))
      .select(({ a }) => ({ n: sum(field(a, 'price')), last: max(field(a, 'names', 'de')) })),
  )
  const named = await untyped.query((q) =>
    q
      .from({ a: 'x' })
      .join({ b: 'y' }, ({ a, b }) => eq(a.of, b.$id))
      .where(({ a, b }) => and(gt(a.price, 3), startsWith(b.names.de, 'A')))
      .select(({ a, b }) => ({ sum: sum(a.price), german: b.names.de })),
  )
  const german: Json | undefined = named[0]?.german
  // @ts-expect-error -- it may be anything that JSON has
  named[0]?.german.toFixed()
  void [value, joined, german]
}

/** A helper of an app that takes any database or collection. */
export function helpersTakeTypedOnes(): readonly unknown[] {
  const names = (any: Database): string | null => any.branch
  const first = async (any: Pick<Collection, 'id' | 'problems'>): Promise<string> => any.id
  return [names(db), first(countries)]
}

/** What a file exports gets a declaration, which must be able to name the types of rows, in Node too. */
export type Named = [NodeRow<Country>, SelectedValues<{ readonly name: Expr<string> }>]
same<Named[0], Row<Country>>(true)
same<Named[1]['name'], string>(true)
