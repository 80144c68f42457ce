import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/protocol/records.ts'
import { ajv } from './ajv.ts'

const compile = (schema: Json): ((value: Json) => readonly object[]) => {
  const compiler = ajv().jsonSchema
  if (!compiler) throw new Error('the plug-in brings a compiler')
  return compiler.compile(schema)
}

describe('the JSON Schema plug-in', () => {
  it('lists everything that a value breaks, with the place and what was asked for', () => {
    const check = compile({
      type: 'object',
      required: ['id'],
      properties: {
        id: {},
        tags: { type: 'array', items: { enum: ['a', 'b'] } },
        'a/b~c': { maximum: 3 },
      },
      additionalProperties: false,
    })
    expect(check({ id: 1, tags: ['a'], 'a/b~c': 3 })).toEqual([])
    expect(check({ tags: ['a', 'c'], 'a/b~c': 4, more: 1 })).toEqual([
      { path: ['id'], keyword: 'required', message: expect.stringContaining('"id"') as string },
      {
        path: ['more'],
        keyword: 'additionalProperties',
        message: expect.stringContaining('"more"') as string,
      },
      {
        path: ['tags', 1],
        keyword: 'enum',
        message: expect.stringContaining('"tags.1"') as string,
        expected: ['a', 'b'],
      },
      {
        path: ['a/b~c'],
        keyword: 'maximum',
        message: expect.stringContaining('<= 3') as string,
        expected: 3,
      },
    ])
  })

  it('knows the words of 2020-12', () => {
    const check = compile({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: { pair: { prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false } },
      $defs: { unused: {} },
      dependentRequired: { a: ['b'] },
      unevaluatedProperties: false,
    })
    expect(check({ pair: ['a', 1] })).toEqual([])
    expect(check({ pair: ['a', 'b'] })).toMatchObject([{ path: ['pair', 1] }])
    expect(check({ other: 1 })).toMatchObject([{ path: ['other'], keyword: 'unevaluatedProperties' }])
  })

  it('sees only fields of the record itself, whatever their names', () => {
    const check = compile({ required: ['constructor'], properties: { toString: { type: 'string' } } })
    expect(check({})).toMatchObject([{ path: ['constructor'] }])
    expect(check(JSON.parse('{"constructor": 1, "toString": "a", "__proto__": 2}') as Json)).toEqual([])
  })

  it('compares the items of a long list without comparing each with each', () => {
    const check = compile({ properties: { list: { uniqueItems: true } } })
    const list = Array.from({ length: 50_000 }, (_, at): Json => ({ at, b: [at] }))
    expect(check({ list })).toEqual([])
    expect(check({ list: [...list, { b: [7], at: 7 }] })).toMatchObject([
      { path: ['list'], keyword: 'uniqueItems' },
    ])
  })

  it('refuses schemas that are wrong, refer to elsewhere, or hold patterns without a bound', () => {
    expect(() => compile({ type: 'nothing' })).toThrow(/schema is invalid/)
    expect(() => compile(['no schema'])).toThrow(/object/)
    expect(() => compile({ $ref: 'https://example.com/schema.json' })).toThrow(/can't resolve reference/)
    expect(() => compile({ properties: { a: { pattern: '(a)\\1' } } })).toThrow(/refused/)
    expect(() => compile({ $schema: 'http://json-schema.org/draft-04/schema#' })).toThrow(
      /no schema with key/,
    )
  })

  it('runs a pattern that would take for ever elsewhere, in time linear to the text', () => {
    let check: ReturnType<typeof compile>
    try {
      check = compile({ properties: { a: { pattern: '^(a+)+$' } } })
    } catch (error) {
      expect(String(error)).toMatch(/refused/) // also a bounded answer
      return
    }
    expect(check({ a: 'a'.repeat(50_000) + '!' })).toHaveLength(1)
  })

  it('answers for a schema that never ends instead of crashing', () => {
    const check = compile({ $ref: '#' })
    expect(check({})).toMatchObject([{ keyword: '$ref' }])
    const deep = `${'{"not":'.repeat(20_000)}true${'}'.repeat(20_000)}`
    expect(() => compile(JSON.parse(deep) as Json)).toThrow(Error)
  })

  it('keeps two schemas with one $id apart', () => {
    const one = compile({ $id: 'https://example.com/x', maximum: 1 })
    const two = compile({ $id: 'https://example.com/x', maximum: 2 })
    expect([one(2).length, two(2).length]).toEqual([1, 0])
  })
})
