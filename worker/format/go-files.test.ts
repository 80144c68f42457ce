import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, RecordValue } from '../../src/protocol/records.ts'
import type { CollectionDefinition } from '../../src/protocol/schema.ts'
import { formatGoJson } from './go-files.ts'
import { compareBytes, compareNaturally } from './go-text.ts'
import golden from './go-golden.json' with { type: 'json' }
import { codecFor } from './record-codec.ts'
import { anyRecord } from './record-codec.suite.ts'
import { equalValues } from './record-diff.ts'
import { recordSetCodecFor } from './record-set-codec.ts'
import { parseYamlDocument } from './yaml/yaml-document.ts'
import { formatGoYaml } from './yaml/yaml-go.ts'
import { everyFormat as plugins } from './format-extras.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const go = { canonical: 'go', plugins } as const

/** A readable collection; the parts that codecs look at. */
function collection(
  format: string,
  type: string,
  columnsOrder: readonly string[] = [],
): CollectionDefinition {
  return {
    id: 'c',
    titles: {},
    dataDir: 'c',
    recordsDir: 'c',
    columns: [],
    columnsOrder,
    primaryKey: [],
    recordFile: { name: `x.${format}`, format, type },
    readable: { ok: true },
    definitionPath: 'c/.collection/definition.yaml',
  }
}
const single = 'map[string]any'
const list = '[]map[string]any'
const dictionary = 'map[$record_id]map[$field_name]any'

/** The file `go-golden.json` holds what Go 1.26 with gopkg.in/yaml.v3 3.0.1 (indentation 4) wrote for its values. */
describe("Go's bytes", () => {
  it.each(golden)('are written for $title', ({ title, value, yaml, json }) => {
    const record: RecordValue = value as unknown as RecordValue // JSON data, by the import
    expect(formatGoJson(record)).toBe(json)
    // Line separators are the one difference in YAML.
    if (title !== 'JSON escapes') expect(formatGoYaml(record)).toBe(yaml)
    expect(equalValues(parseYamlDocument(formatGoYaml(record)).value, record)).toBe(true)
  })

  it('read back whatever the value', () => {
    fc.assert(
      fc.property(anyRecord, (value) => {
        expect(equalValues(parseYamlDocument(formatGoYaml(value)).value, value)).toBe(true)
        expect(equalValues(JSON.parse(formatGoJson(value)), value)).toBe(true)
      }),
      { seed: 20261124, numRuns: 200 },
    )
  })

  it('have keys in orders that are orders', () => {
    const text = fc.string({
      maxLength: 6,
      unit: fc.constantFrom('a', 'B', '0', '1', '9', '-', 'é', '٣', '🌍', '\uffee'),
    })
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        for (const compare of [compareBytes, compareNaturally]) {
          expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0)
          expect(compare(a, b) === 0).toBe(a === b)
        }
        const byBytes = [a, b, c].toSorted(compareBytes)
        expect(byBytes).toEqual([a, b, c].toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))))
      }),
      { seed: 20261124, numRuns: 500 },
    )
  })

  it('write text that yaml.v3 loses in double quotes', () => {
    expect(formatGoYaml({ a: '\nx', b: [' x\ny'], c: 'a\u2028b' })).toBe(
      'a: "\\nx"\nb:\n    - " x\\ny"\nc: "a\\Lb"\n',
    )
  })
})

describe('canonical files of one record', () => {
  const value = { b: 'no', a10: 1, a9: { y: '<b>', x: [1.5, 1_000_000.5] } }

  it('are written without columns_order', () => {
    const create = (format: string): string =>
      decode(
        codecFor(collection(format, single), go)?.create(value, { columnsOrder: ['b'] }) ?? new Uint8Array(),
      )
    expect(create('yaml')).toBe(
      'a9:\n    x:\n        - 1.5\n        - 1.0000005e+06\n    "y": <b>\na10: 1\nb: "no"\n',
    )
    expect(create('json')).toBe(
      '{\n  "a10": 1,\n  "a9": {\n    "x": [\n      1.5,\n      1000000.5\n    ],\n    "y": "\\u003cb\\u003e"\n  },\n  "b": "no"\n}\n',
    )
  })

  it('are rewritten whole when something changes, and keep their bytes when nothing does', () => {
    const yaml = codecFor(collection('yaml', single), go)
    const before = encode('# note\nb: 130.0\na: 2024-01-01\n')
    expect(yaml?.edit(before, { a: '2024-01-01', b: 130 })).toBe(before)
    expect(decode(yaml?.edit(before, { a: '2024-01-01', b: 130, c: 1 }) ?? before)).toBe(
      'a: "2024-01-01"\nb: 130\nc: 1\n',
    )
    const json = codecFor(collection('json', single), go)
    expect(decode(json?.edit(encode('{"b": 1.0, "a": 1}'), { a: 2, b: 1 }) ?? before)).toBe(
      '{\n  "a": 2,\n  "b": 1\n}\n',
    )
  })

  it('are not rewritten when numbers would lose digits', () => {
    for (const [format, text] of [
      ['yaml', 'a: 12345678901234567890\nb: 1\n'],
      ['json', '{"a": 12345678901234567890, "b": 1}'],
    ] as const) {
      const codec = codecFor(collection(format, single), go)
      const bytes = encode(text)
      expect(() => codec?.edit(bytes, { ...codec.parse(bytes), b: 2 })).toThrow(
        expect.objectContaining({ code: 'format/edit-refused' }),
      )
    }
  })
})

describe('canonical files of many records', () => {
  const records = new Map<string, RecordValue>([
    ['k10', { zip: '0123', name: 'a' }],
    ['k9', { name: 'b', tags: [{ y: 1, x: '&' }] as Json }],
  ])
  const create = (format: string, type: string): string =>
    decode(recordSetCodecFor(collection(format, type, ['name']), go)?.create(records) ?? new Uint8Array())

  it('are written as lists with columns_order first, and rows in their order', () => {
    expect(create('json', list)).toBe(
      '[\n  {"name":"a","$ID":"k10","zip":"0123"},\n  {"name":"b","$ID":"k9","tags":[{"x":"\\u0026","y":1}]}\n]\n',
    )
    expect(create('jsonl', list)).toBe(
      '{"name":"a","$ID":"k10","zip":"0123"}\n{"name":"b","$ID":"k9","tags":[{"x":"\\u0026","y":1}]}\n',
    )
    expect(create('yaml', list)).toBe(
      '- name: a\n  $ID: k10\n  zip: "0123"\n- name: b\n  $ID: k9\n  tags:\n    - x: \'&\'\n      "y": 1\n',
    )
  })

  it('are written as dictionaries in the order of names', () => {
    expect(create('json', dictionary)).toBe(
      '{\n  "k10": {\n    "name": "a",\n    "zip": "0123"\n  },\n  "k9": {\n    "name": "b",\n    "tags": [\n      {\n        "x": "\\u0026",\n        "y": 1\n      }\n    ]\n  }\n}\n',
    )
    expect(create('yml', dictionary)).toBe(
      'k9:\n    name: b\n    tags:\n        - x: \'&\'\n          "y": 1\nk10:\n    name: a\n    zip: "0123"\n',
    )
  })

  it('are rewritten whole by an edit, empty ones too, and not when rows would be lost', () => {
    const codec = recordSetCodecFor(collection('yaml', list, ['name']), go)
    const before = encode('# header\n- $ID: a\n  name: x # note\n- {$ID: b}\n')
    expect(codec?.edit(before, new Map([['a', { name: 'x' }]]))).toBe(before)
    expect(decode(codec?.edit(before, new Map([['a', { name: 'y' }]])) ?? before)).toBe(
      '- name: "y"\n  $ID: a\n- $ID: b\n',
    )
    expect(
      decode(
        codec?.edit(
          before,
          new Map([
            ['a', null],
            ['b', null],
          ]),
        ) ?? before,
      ),
    ).toBe('[]\n')
    expect(() => codec?.edit(encode('- $ID: a\n- name: x\n'), new Map([['a', null]]))).toThrow(
      expect.objectContaining({ code: 'format/edit-refused' }),
    )
    const lines = recordSetCodecFor(collection('jsonl', list), go)
    expect(decode(lines?.create(new Map()) ?? before)).toBe('')
  })
})
