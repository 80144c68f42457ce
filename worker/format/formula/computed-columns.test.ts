import { describe, expect, it } from 'vitest'
import type { CollectionDefinition, Column } from '../../../src/protocol/schema.ts'
import { checkFormulas, createComputedColumns } from './computed-columns.ts'

function collection(columns: readonly (Partial<Column> & { readonly name: string })[]): CollectionDefinition {
  return {
    id: 'shop.people',
    titles: {},
    dataDir: 'people',
    recordsDir: 'people/$records',
    columns: columns.map((column) => ({ type: 'string', required: false, ...column })),
    columnsOrder: [],
    primaryKey: [],
    recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
    readable: { ok: true },
    definitionPath: 'people/.collection/definition.yaml',
  }
}

const stored = [
  { name: 'first' },
  { name: 'last' },
  { name: 'price', type: 'float' },
  { name: 'n', type: 'int' },
]
const full = { name: 'full', formula: "first + ' ' + last" }

describe('computed columns', () => {
  const people = createComputedColumns(
    collection([...stored, full, { name: 'share', type: 'float', formula: 'price / n' }]),
  )

  it('are computed one by one', () => {
    expect(people.names).toEqual(['full', 'share'])
    expect(people.valueOf({ first: 'Ada', last: 'Lovelace' }, 'full')).toEqual({
      ok: true,
      value: 'Ada Lovelace',
    })
    expect(people.valueOf({}, 'first')).toBeUndefined()
    expect(people.valueOf({}, 'constructor')).toBeUndefined()
  })

  it('are added to a record, which stays as it is', () => {
    const record = { first: 'Ada', last: 'Lovelace', price: 3, n: 2 }
    expect(people.addTo(record)).toEqual({
      value: { ...record, full: 'Ada Lovelace', share: 1.5 },
      issues: [],
    })
    expect(Object.keys(record)).toEqual(['first', 'last', 'price', 'n'])
  })

  it('that fail are issues, and the others are there', () => {
    const { value, issues } = people.addTo(
      { first: 'Ada', last: 'L', price: 3, n: 0 },
      { file: 'people/a.yaml', key: 'a' },
    )
    expect(value).toEqual({ first: 'Ada', last: 'L', price: 3, n: 0, full: 'Ada L' })
    expect(issues).toEqual([
      {
        code: 'validation/formula',
        severity: 'error',
        message: 'The formula of "share" fails: division by zero at 1:7 (runtime-error).',
        file: 'people/a.yaml',
        key: 'a',
        collection: 'shop.people',
        path: ['share'],
      },
    ])
  })

  it('replace a value that is stored against the rules', () => {
    const { value } = people.addTo({ first: 'A', last: 'B', full: 'wrong', price: 1, n: 1 })
    expect(value['full']).toBe('A B')
    expect(people.addTo({ first: 1, full: 'wrong' }).value).toEqual({ first: 1 })
  })

  it('that do not compile fail on each record', () => {
    const broken = createComputedColumns(collection([...stored, { name: 'x', formula: 'first +' }]))
    expect(broken.addTo({ first: 'Ada' }).issues).toHaveLength(1)
  })

  it('leave the same record where there are none', () => {
    const record = { first: 'Ada' }
    expect(createComputedColumns(collection(stored)).addTo(record).value).toBe(record)
  })

  it('keep hostile field names as fields', () => {
    const record = JSON.parse('{"__proto__": "x", "first": "a", "last": "b", "price": 1, "n": 1}')
    const { value } = people.addTo(record)
    expect(Object.keys(value)).toContain('__proto__')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})

describe('the formulas of a definition are checked', () => {
  const faults = (...columns: (Partial<Column> & { readonly name: string })[]): string[] =>
    checkFormulas(collection([...stored, full, ...columns])).map(
      ({ path, severity, message }) => `${severity} ${path?.join('.')}: ${message}`,
    )

  it('without findings where they are right', () => {
    expect(faults({ name: 'nick', requiredWhen: 'first == None or price > 10' })).toEqual([])
  })

  it.each([
    [{ formula: 'first +' }, 'error columns.x.formula', 'invalid-formula'],
    [{ formula: 'full + "!"' }, 'error columns.x.formula', 'references-computed-column'],
    [{ formula: 'x + "!"' }, 'error columns.x.formula', 'references-computed-column'],
    [{ formula: 'nobody' }, 'error columns.x.formula', 'undefined-name'],
    [{ formula: 'first', type: 'datetime' }, 'error columns.x.type', 'unsupported-type'],
    [{ formula: 'first', required: true }, 'error columns.x.required', 'never stored'],
    [{ formula: 'first', requiredWhen: 'True' }, 'error columns.x.required_when', 'never stored'],
    [{ formula: 'first', maxLength: 3 }, 'warning columns.x.max_length', 'no effect'],
    [{ formula: 'first', foreignKey: 'y' }, 'warning columns.x.foreign_key', 'no effect'],
    [{ requiredWhen: 'first ==' }, 'error columns.x.required_when', 'invalid-formula'],
    [{ requiredWhen: 'full == "a"' }, 'error columns.x.required_when', 'references-computed-column'],
  ])('%j', (column, place, reason) => {
    const found = faults({ name: 'x', ...column })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(place)
    expect(found[0]).toContain(reason)
  })

  it.each(['len', 'round', 'None', 'hash', 'type'])('a computed column is not named %s', (name) => {
    expect(faults({ name, formula: '"a"' })[0]).toContain('a name of the formula language')
  })

  it('a stored column may have such a name', () => {
    expect(faults({ name: 'type' }, { name: 'y', formula: 'type + "s"' })).toEqual([])
  })
})
