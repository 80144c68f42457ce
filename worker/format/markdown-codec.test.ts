import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordValue } from '../../src/protocol/records.ts'
import { createMarkdownCodec, findUnsafeMarkdownNumbers } from './markdown-codec.ts'
import { equalValues } from './record-diff.ts'
import { anyRecord, describeRecordCodec } from './record-codec.suite.ts'

const codec = createMarkdownCodec({ columnsOrder: ['sku', 'name', 'price'], contentField: 'description' })
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const parse = (text: string): RecordValue => codec.parse(bytesOf(text))
const edit = (text: string, value: RecordValue): string => textOf(codec.edit(bytesOf(text), value))
const errorOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    return error
  }
}

describeRecordCodec('Markdown', createMarkdownCodec(), 150, (fields) => `---\n${fields}\n---\n`)

const product = `---
# what is sold
sku: LAPTOP-PRO-15
name: "Professional Laptop 15\\""
price: 1299.90 # net
launched: 2024-01-01
---
**High-performance** laptop.

---

Next section, after a rule.
`

describe('Markdown records', () => {
  it('are the fields of the front matter and the body as the content field', () => {
    expect(parse(product)).toEqual({
      sku: 'LAPTOP-PRO-15',
      name: 'Professional Laptop 15"',
      price: 1299.9,
      launched: '2024-01-01',
      description: '**High-performance** laptop.\n\n---\n\nNext section, after a rule.\n',
    })
  })

  it.each([
    ['no front matter', '# Title\n\nText\n', { description: '# Title\n\nText\n' }],
    ['an empty file', '', { description: '' }],
    ['empty front matter', '---\n---\nText', { description: 'Text' }],
    ['only comments in the front matter', '---\n# nothing\n\n---\nText', { description: 'Text' }],
    ['no body', '---\na: 1\n---\n', { a: 1, description: '' }],
    ['no line end after the front matter', '---\na: 1\n---', { a: 1 }],
    ['CRLF', '---\r\na: 1\r\n---\r\nx\r\ny', { a: 1, description: 'x\r\ny' }],
    ['a byte order mark', '\ufeff---\na: 1\n---\nx', { a: 1, description: 'x' }],
    ['spaces after the delimiters', '--- \na: 1\n---\t\nx', { a: 1, description: 'x' }],
    ['more dashes in the body', '---\na: 1\n---\n----\n---\n', { a: 1, description: '----\n---\n' }],
    ['a rule that is no delimiter', '----\na\n---\n', { description: '----\na\n---\n' }],
    ['merge markers further down', 'x\n<<<<<<< a\n', { description: 'x\n<<<<<<< a\n' }],
  ])('are read with %s', (_title, text, value) => {
    expect(parse(text)).toEqual(value)
    expect(codec.edit(bytesOf(text), value as RecordValue)).toEqual(bytesOf(text))
  })

  it('are kept byte for byte but for the line of the field that changes', () => {
    const value = parse(product)
    expect(edit(product, { ...value, price: 1300 })).toBe(product.replace('1299.90', '1300.00'))
    expect(edit(product, { ...value, name: 'Laptop' })).toBe(
      product.replace('Professional Laptop 15\\"', 'Laptop'),
    )
    const crlf = `\ufeff${product.replaceAll('\n', '\r\n')}`
    const changed = edit(crlf, { ...parse(crlf), sku: 'X' })
    expect(changed).toBe(crlf.replace('LAPTOP-PRO-15', 'X'))
    expect(edit(changed, parse(crlf))).toBe(crlf)
  })

  it('keep the front matter when the body changes, and the body when fields do', () => {
    const value = parse(product)
    const [front] = product.split('**High')
    expect(edit(product, { ...value, description: 'New\r\ntext' })).toBe(`${front ?? ''}New\r\ntext`)
    const grown = edit(product, { ...value, stock: 5, tags: ['a'] })
    expect(grown.slice(grown.indexOf('**High'))).toBe(product.slice(product.indexOf('**High')))
    expect(edit(grown, value)).toBe(product)
  })

  it('keep fields that no column declares', () => {
    const text = '---\nzzz: [1, 2] # kept\na: 1\n---\nx'
    expect(edit(text, { ...parse(text), a: 2 })).toBe('---\nzzz: [1, 2] # kept\na: 2\n---\nx')
  })

  it.each([
    [
      'a field is added without front matter',
      'Text\n',
      { a: 1, description: 'Text\n' },
      '---\na: 1\n---\nText\n',
    ],
    ['the body could be taken for front matter', 'x', { description: '---\nx' }, '---\n---\n---\nx'],
    ['the last field goes', '---\n# c\na: 1\n---\nx', { description: 'x' }, '---\n# c\n---\nx'],
    ['the body goes', '---\na: 1\n---\nx', { a: 1 }, '---\na: 1\n---'],
    ['a body comes', '---\na: 1\n---', { a: 1, description: 'x' }, '---\na: 1\n---\nx'],
    [
      'a field comes into empty front matter',
      '---\r\n---\r\nx',
      { a: 1, description: 'x' },
      '---\r\na: 1\r\n---\r\nx',
    ],
    [
      'a field comes below comments',
      '---\n# c\n---\nx',
      { a: 1, description: 'x' },
      '---\n# c\na: 1\n---\nx',
    ],
  ])('are edited when %s', (_title, text, value, expected) => {
    expect(edit(text, value as RecordValue)).toBe(expected)
    expect(parse(expected)).toEqual(value)
  })

  it('are created with columns_order first, then by name', () => {
    const order = { columnsOrder: ['sku', 'name'] }
    const value = { zoo: 1, name: 'nn', sku: 's', apt: { b: 1, a: 2 }, description: 'Text' }
    expect(textOf(codec.create(value, order))).toBe(
      '---\nsku: s\nname: nn\napt:\n    a: 2\n    b: 1\nzoo: 1\n---\nText',
    )
    expect(textOf(codec.create({ description: '' }, order))).toBe('---\n---\n')
    expect(textOf(codec.create({}, order))).toBe('---\n---')
  })

  it('are refused when the content field stands in the front matter, with its place', () => {
    expect(errorOf(() => parse('---\na: 1\ndescription: x\n---\nbody'))).toMatchObject({
      code: 'format/bad-record',
      data: { line: 3 },
    })
  })

  it.each([
    ['no closing delimiter', '---\na: 1\n', 1],
    ['bad YAML in the front matter', '---\nok: 1\nb: [1\n---\nx', undefined],
    ['a field twice', '---\na: 1\nb: 2\na: 3\n---\nx', 4],
    ['merge markers around the front matter', '<<<<<<< ours\n---\na: 1\n---\nx', 1],
    ['merge markers in the front matter', '---\n<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> b\n---\nx', 2],
    ['a list as front matter', '---\n- a\n---\nx', 1],
  ])('are refused with %s, with the line in the file', (_title, text, line) => {
    const error = errorOf(() => parse(text)) as { code: string; data: { line?: number } }
    expect(error.code).toBe('format/bad-record')
    expect(error.data.line).toEqual(line ?? (expect.any(Number) as unknown))
  })

  it.each([[1], [null], [['x']], [{ a: 1 }]])('refuse a body that is not text: %j', (description) => {
    const refused = expect.objectContaining({
      code: 'record/bad-value',
      data: { path: ['description'] },
    }) as unknown
    expect(errorOf(() => edit(product, { ...parse(product), description }))).toEqual(refused)
    expect(errorOf(() => codec.create({ description }, { columnsOrder: [] }))).toEqual(refused)
  })

  it('find the places of fields and of the body', () => {
    const at = (...path: (string | number)[]): unknown => codec.locate?.(bytesOf(product), path)
    expect(at('name')).toMatchObject({ line: 4, column: 7 })
    expect(at('description')).toEqual({ line: 8, column: 1 })
    expect(at()).toEqual({ line: 1, column: 1 })
    expect(codec.locate?.(bytesOf('only text'), ['description'])).toEqual({ line: 1, column: 1 })
    expect(codec.locate?.(bytesOf('---\na: 1\n---'), ['description'])).toBeUndefined()
  })

  it('keep any body byte for byte, whatever the fields do', () => {
    const line = fc.constantFrom('---', '--- ', 'text', '', '# a', '<<<<<<< a', 'a: 1', '...', '\r')
    const body = fc.oneof(
      fc
        .array(line, { maxLength: 6 })
        .chain((lines) => fc.constantFrom('\n', '\r\n').map((eol) => lines.join(eol))),
      fc.string({ maxLength: 20, unit: 'binary' }).filter((text) => !/\0|\p{Surrogate}/u.test(text)),
    )
    const record = fc.tuple(anyRecord, fc.option(body)).map(([fields, description]): RecordValue => {
      const { description: _none, ...rest } = fields
      return description === null ? rest : { ...rest, description }
    })
    fc.assert(
      fc.property(record, record, (before, after) => {
        const bytes = codec.create(before, { columnsOrder: [] })
        expect(equalValues(codec.parse(bytes), before)).toBe(true)
        const edited = codec.edit(bytes, after)
        expect(equalValues(codec.parse(edited), after)).toBe(true)
      }),
      { seed: 20261124, numRuns: 150 },
    )
  })
})

it('tells numbers of the front matter that JavaScript cannot hold, with their place in the file', () => {
  const text = '---\nprice: 1.5\nsize: {n: 9007199254740993}\n---\n9007199254740993\n'
  expect(findUnsafeMarkdownNumbers(text)).toEqual([
    { path: ['size', 'n'], text: '9007199254740993', line: 3, column: 11 },
  ])
  expect(findUnsafeMarkdownNumbers('9007199254740993')).toEqual([])
})

describe("Markdown in Go's bytes", () => {
  const go = createMarkdownCodec({
    columnsOrder: ['sku', 'name'],
    contentField: 'description',
    canonical: 'go',
  })
  const order = { columnsOrder: ['sku', 'name'] }

  it('has columns_order first, then byte order, and the YAML of Go', () => {
    const value = {
      tags: ['x', { y: 'no' }],
      apt: { a10: 130, a9: 0.00001 },
      B: null,
      name: 'a: b',
      sku: '0123',
      description: 'Text\n',
    }
    const golden = `---
sku: "0123"
name: 'a: b'
B: null
apt:
    a9: 1e-05
    a10: 130
tags:
    - x
    - "y": "no"
---
Text
`
    expect(textOf(go.create(value, order))).toBe(golden)
    expect(go.parse(bytesOf(golden))).toEqual(value)
    expect(textOf(go.create({ description: 'x' }, order))).toBe('---\n---\nx')
    expect(textOf(go.create({}, order))).toBe('---\n---\n')
  })

  it('is what every edit writes in the whole file, unless a number would be lost', () => {
    const text = '\ufeff---\r\n# c\r\nzoo: 1.50\r\nsku: "x"\r\n---\r\nText'
    const edited = go.edit(bytesOf(text), { zoo: 1.5, sku: 'why', description: 'Text' })
    expect(textOf(edited)).toBe('---\nsku: why\nzoo: 1.5\n---\nText')
    const bytes = bytesOf(text)
    expect(go.edit(bytes, go.parse(bytes))).toBe(bytes)
    const large = bytesOf('---\na: 9007199254740993\nb: 1\n---\n')
    expect(errorOf(() => go.edit(large, { ...go.parse(large), b: 2 }))).toMatchObject({
      code: 'format/edit-refused',
    })
  })
})
