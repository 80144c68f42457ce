import { expectTypeOf, test } from 'vitest'
import type { Database } from '../client/database.ts'
import type { CollectionTypes } from '../types/collection-types.ts'
import { querySignal } from './preact.ts'
import { DatabaseProvider, useDatabase, useQuery, useRecord } from './react.ts'
import { recordStore } from './svelte.ts'
import { espalierCollection } from './tanstack-db.ts'
import * as inVue from './vue.ts'

interface Schema {
  readonly units: CollectionTypes<{ readonly symbol: string; readonly factor?: number }>
}

declare const db: Database<Schema>

test('bindings know the rows of a typed database', () => {
  const units = db.collection('units')
  expectTypeOf(useQuery(units.find()).rows[0]?.symbol).toEqualTypeOf<string | undefined>()
  expectTypeOf(useQuery(units.find({ select: ['factor'] })).rows[0]?.factor).toEqualTypeOf<
    number | undefined
  >()
  expectTypeOf(useRecord(units, 'metre').row?.symbol).toEqualTypeOf<string | undefined>()
  expectTypeOf(querySignal(units.find()).value.rows[0]?.$id).toEqualTypeOf<string | undefined>()
  recordStore(units, 'metre').subscribe(({ row }) => {
    expectTypeOf(row?.factor).toEqualTypeOf<number | undefined>()
  })
  expectTypeOf(espalierCollection(units).getKey).parameter(0).toHaveProperty('symbol')
})

test('the provided database has the schema that a component names, and plain rows without one', () => {
  void DatabaseProvider({ database: db })
  inVue.provideDatabase(db)
  for (const typed of [useDatabase<Schema>(), inVue.useDatabase<Schema>()]) {
    expectTypeOf(typed).toEqualTypeOf<Database<Schema>>()
    const units = typed.collection('units')
    expectTypeOf(useQuery(units.find()).rows[0]?.symbol).toEqualTypeOf<string | undefined>()
    expectTypeOf(inVue.useQuery(units.find()).value.rows[0]?.factor).toEqualTypeOf<number | undefined>()
    // @ts-expect-error -- no such collection
    typed.collection('unit')
  }
  expectTypeOf(useDatabase()).toEqualTypeOf<Database>()
  expectTypeOf(inVue.useDatabase()).toEqualTypeOf<Database>()
})
