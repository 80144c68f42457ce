import { describe, expect, it } from 'vitest'
import { createTomlCodec, createTomlSetCodec } from './toml-codec.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const codec = createTomlCodec()
const set = createTomlSetCodec()
const errorOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    return error
  }
}

const acme = `# A company, as the Go tools write one
name = 'Acme'
score = 42
ratio = 1.50
active = true
founded = 1999-12-31
opened = 1999-12-31 08:30:00.123456Z
meeting = 1999-12-31T08:30:00.123+02:00
lunch = 12:30:00
tags = ['a', "b"]
point = { x = 1, y = { z = 2 } }

[address]
city = "Zürich"
"zip code" = '8001'

[address.geo]
lat = 47.4

[[branches]]
city = 'A'
`

describe('TOML records', () => {
  it('are read with dates as the text that stands there', () => {
    expect(codec.parse(bytesOf(acme))).toEqual({
      name: 'Acme',
      score: 42,
      ratio: 1.5,
      active: true,
      founded: '1999-12-31',
      opened: '1999-12-31 08:30:00.123456Z',
      meeting: '1999-12-31T08:30:00.123+02:00',
      lunch: '12:30:00',
      tags: ['a', 'b'],
      point: { x: 1, y: { z: 2 } },
      address: { city: 'Zürich', 'zip code': '8001', geo: { lat: 47.4 } },
      branches: [{ city: 'A' }],
    })
  })

  it('tell two dates apart that are one instant', () => {
    const text =
      'a = 2024-01-01T00:00:00.1234561Z\nb = 2024-01-01T00:00:00.1234562Z # 2024-01-01T00:00:00.1234563Z\n'
    expect(codec.parse(bytesOf(text))).toEqual({
      a: '2024-01-01T00:00:00.1234561Z',
      b: '2024-01-01T00:00:00.1234562Z',
    })
  })

  it.each([
    ['a byte order mark', '\ufeffa = 1\n', { a: 1 }],
    ['CRLF', 'a = 1\r\nb = 2\r\n', { a: 1, b: 2 }],
    ['nothing', '', {}],
    ['the largest safe integer', 'a = 9007199254740991', { a: 9007199254740991 }],
    ['other bases', 'a = 0xff\nb = 0o17\nc = 0b11\nd = 1_000', { a: 255, b: 15, c: 3, d: 1000 }],
  ])('are read with %s', (_title, text, value) => {
    expect(codec.parse(bytesOf(text))).toEqual(value)
    expect(codec.parseMany([bytesOf(text), bytesOf('=')])).toEqual([
      value,
      expect.objectContaining({ code: 'format/bad-record' }),
    ])
  })

  it.each([
    ['an integer beyond 2^53', 'a = 1\nb = 9007199254740993\n', 2],
    ['infinity', 'a = 1\nb = inf\n', 2],
    ['a syntax error', 'a = 1\nb = = 2\n', 2],
    ['a field twice', 'a = 1\na = 2\n', 2],
    ['merge markers', 'a = 1\n<<<<<<< ours\nb = 1\n=======\nb = 2\n>>>>>>> theirs\n', 2],
    ['deep nesting', `a = ${'['.repeat(5000)}${']'.repeat(5000)}`, undefined],
    ['deep tables', `[${Array.from({ length: 5000 }, () => 'a').join('.')}]`, undefined],
  ])('are refused with %s, and the line is told', (_title, text, line) => {
    expect(errorOf(() => codec.parse(bytesOf(text)))).toMatchObject({
      code: 'format/bad-record',
      ...(line === undefined ? {} : { data: { line } }),
    })
  })

  it('keep __proto__ and constructor as ordinary fields', () => {
    const value = codec.parse(
      bytesOf('__proto__ = { polluted = true }\nconstructor.prototype.polluted = true\n'),
    )
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('are read-only, which names the way out; what changes nothing is fine', () => {
    const bytes = bytesOf(acme)
    const value = codec.parse(bytes)
    expect(codec.edit(bytes, structuredClone(value))).toBe(bytes)
    for (const act of [
      () => codec.edit(bytes, { ...value, name: 'x' }),
      () => codec.create({ a: 1 }, { columnsOrder: [] }),
      () => set.create(new Map([['a', { a: 1 }]])),
    ]) {
      expect(errorOf(act)).toMatchObject({
        code: 'format/read-only',
        message: expect.stringContaining('yaml') as unknown,
      })
    }
  })

  it('find the places of fields', () => {
    const at = (...path: (string | number)[]): unknown => codec.locate?.(bytesOf(acme), path)
    expect(at('name')).toEqual({ line: 2, column: 8 })
    expect(at('point', 'y', 'z')).toEqual({ line: 11, column: 9 })
    expect(at('address', 'zip code')).toEqual({ line: 15, column: 14 })
    expect(at('address', 'geo')).toEqual({ line: 17, column: 1 })
    expect(at('address', 'geo', 'lat')).toEqual({ line: 18, column: 7 })
    expect(at('branches', 0, 'city')).toEqual({ line: 21, column: 8 })
    expect(at('nothing')).toBeUndefined()
  })
})

describe('TOML dictionaries', () => {
  const text = "[a]\nname = 'A'\n\n['b c']\nname = 'B'\n\n[d.deep]\nx = 1\n"

  it('hold a record in each table', () => {
    expect(set.parse(bytesOf(text))).toEqual({
      records: new Map<string, unknown>([
        ['a', { name: 'A' }],
        ['b c', { name: 'B' }],
        ['d', { deep: { x: 1 } }],
      ]),
      faults: [],
    })
    expect(set.locate(bytesOf(text), 'b c', ['name'])).toEqual({ line: 5, column: 8 })
    expect(set.locate(bytesOf(text), 'd')).toEqual({ line: 7, column: 1 })
  })

  it('have faults for what is no record and for keys that are one key', () => {
    const bad = "top = 1\n['\u00e9']\nx = 1\n['e\u0301']\nx = 2\n"
    const { records, faults } = set.parse(bytesOf(bad))
    expect([...records]).toEqual([['\u00e9', { x: 1 }]])
    expect(faults).toMatchObject([
      { code: 'format/bad-record', key: 'top', line: 1 },
      { code: 'format/duplicate-key', key: '\u00e9', line: 4 },
    ])
  })

  it('are read-only, but for edits that change nothing', () => {
    const bytes = bytesOf(text)
    expect(set.edit(bytes, new Map([['a', { name: 'A' }]]))).toBe(bytes)
    expect(set.edit(bytes, new Map([['zzz', null]]))).toBe(bytes)
    for (const change of [{ name: 'B' }, null]) {
      expect(errorOf(() => set.edit(bytes, new Map([['a', change]])))).toMatchObject({
        code: 'format/read-only',
      })
    }
  })
})
