import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { editSchemaFile, type SchemaEdit } from './schema-text.ts'

const text = `# head
titles:
  en: Things # english
record_file: {name: "{key}.yaml", format: yaml}
columns:
  # above a
  a:
    type: string
    # inside a
  b: {type: int}

  # above c
  "c d":
    type: "[]string"
    enum:
    - x # one
    - 'y'
  # tail
columns_order:
- a
- b # second
- c d
# end
`

function edit(source: string, ...edits: readonly SchemaEdit[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    editSchemaFile(new TextEncoder().encode(source), edits),
  )
}

describe('edits of schema files', () => {
  it('give back the same bytes when nothing changes', () => {
    const bytes = new TextEncoder().encode(text)
    expect(editSchemaFile(bytes, [])).toBe(bytes)
    expect(editSchemaFile(bytes, [{ kind: 'set', path: ['titles', 'en'], value: 'Things' }])).toBe(bytes)
    expect(editSchemaFile(bytes, [{ kind: 'remove', path: ['columns', 'zz'] }])).toBe(bytes)
  })

  it('rename a key and nothing else', () => {
    expect(edit(text, { kind: 'rename', path: ['columns', 'c d'], to: 'e: f' })).toBe(
      text.replace('"c d":', "'e: f':"),
    )
    expect(edit(text, { kind: 'rename', path: ['columns', 'b'], to: 'no' })).toBe(
      text.replace('b: {', '"no": {'),
    )
  })

  it('remove a key with the comments above and inside it', () => {
    expect(edit(text, { kind: 'remove', path: ['columns', 'c d'] })).toBe(
      text.replace(/ {2}# above c\n[^]*'y'\n/, ''),
    )
    expect(edit(text, { kind: 'remove', path: ['columns_order'] })).toBe(
      text.replace(/columns_order:\n[^]*c d\n/, ''),
    )
  })

  it('insert after the comments of the key before, and before the first key', () => {
    const insert = (after: string | null): string =>
      edit(text, { kind: 'insert', path: ['columns', 'new'], value: { type: 'int' }, after })
    expect(insert('a')).toBe(text.replace('# inside a\n', '# inside a\n  new:\n    type: int\n'))
    expect(insert(null)).toBe(text.replace('  a:\n', '  new:\n    type: int\n  a:\n'))
    expect(insert('c d')).toBe(text.replace("- 'y'\n", "- 'y'\n  new:\n    type: int\n"))
  })

  it('keep a byte order mark, line ends and a missing final newline', () => {
    const windows = `\uFEFF${text
      .trimEnd()
      .replace(/\n# end$/, '')
      .replaceAll('\n', '\r\n')}`
    const inserted = edit(windows, {
      kind: 'insert',
      path: ['readme'],
      value: { hide_columns: true },
      after: 'columns_order',
    })
    expect(inserted).toBe(`${windows}\r\nreadme:\r\n  hide_columns: true`)
    expect(edit(inserted, { kind: 'remove', path: ['readme'] })).toBe(windows)
  })

  it('refuse what an alias elsewhere needs', () => {
    const aliased = 'columns:\n  a: &x\n    type: int\n  b: *x\n'
    expect(() => edit(aliased, { kind: 'remove', path: ['columns', 'a'] })).toThrow(
      /without risk|cannot be edited/,
    )
  })

  const name = fc.constantFrom('a', 'b', 'c d', 'n', 'no', '1', 'x: y', '#z', '__proto__', 'ü')
  const value = fc.oneof(
    fc.constantFrom('x', 'no', '', 'a: b', '2024-01-01', 'multi\nline', 5, true),
    fc.dictionary(fc.constantFrom('type', 'enum'), fc.constantFrom('int', '[]string')),
    fc.array(fc.constantFrom('x', '- y', '1')),
  )

  it('say what they should and keep every comment of what they leave, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('insert', 'remove', 'rename', 'set'), name, name, value), {
          minLength: 1,
          maxLength: 5,
        }),
        (steps) => {
          let now = text
          const columns = new Map<string, unknown>(
            Object.entries((parse(text) as { columns: object }).columns),
          )
          for (const [kind, one, two, what] of steps) {
            const path = ['columns', one]
            if (kind === 'insert') {
              if (columns.has(one) || !columns.has(two)) continue
              columns.set(one, what)
              now = edit(now, { kind, path, value: what, after: two })
            } else if (kind === 'remove') {
              if (columns.size === 1) continue
              columns.delete(one)
              now = edit(now, { kind, path })
            } else if (kind === 'rename') {
              if (!columns.has(one) || columns.has(two)) continue
              columns.set(two, columns.get(one))
              columns.delete(one)
              now = edit(now, { kind, path, to: two })
            } else {
              if (!columns.has(one)) continue
              columns.set(one, what)
              now = edit(now, { kind: 'set', path, value: what })
            }
          }
          // The oracle's map of columns, by its own parser.
          const read = parse(now, { mapAsMap: true }) as Map<string, unknown>
          const plain = (item: unknown): unknown =>
            JSON.parse(
              JSON.stringify(item, (_key, each: unknown) => (each instanceof Map ? [...each].sort() : each)),
            )
          const expected = new Map([...columns].map(([key, item]) => [key, toMaps(item)]))
          expect(
            plain(
              new Map(
                [...(read.get('columns') as Map<unknown, unknown>)].map(([key, item]) => [String(key), item]),
              ),
            ),
          ).toEqual(plain(expected))
          for (const comment of ['# head', '# english', '# second', '# end']) expect(now).toContain(comment)
        },
      ),
      { seed: 20261124, numRuns: 300 },
    )
  })
})

function toMaps(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, item]) => [key, toMaps(item)]))
}
