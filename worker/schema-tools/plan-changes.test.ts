import { describe, expect, it } from 'vitest'
import { planOn, readAll, type Files } from './plan.suite.ts'

const definition = `# The units that we use
titles:
    en: Units
record_file:
    name: "{key}.yaml" # one file each
    format: yaml
    type: map[string]any
columns:
    # what people read
    name:
        type: string
        required: true
        # a comment at the end of name
    factor:
        type: float
        # a comment at the end of factor

    base:
        type: string
        foreign_key: units
columns_order:
    - name
    - factor # times the base
    - base
`
const units: Files = {
  '.ingitdb/root-collections.yaml': 'units: units\n',
  'units/.collection/definition.yaml': definition,
  'units/$records/metre.yaml': 'name: metre\nfactor: 1.0 # exactly\n',
  'units/$records/foot.yaml': "factor: 0.3048\nname: 'foot'\nbase: metre\n",
  'units/README.md': 'Units\n',
}
const definitionPath = 'units/.collection/definition.yaml'
const collection = 'units'

/** Lines of the first text that the second does not have, and the other way round. */
function lineDiff(before = '', after = ''): string {
  const [old, now] = [before.split('\n'), after.split('\n')]
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `-${line}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`),
  ].join('\n')
}

describe('columns', () => {
  it('adds a column after another, below its comments, and fills it where records have no value', async () => {
    const { plan, files } = await planOn(units, {
      kind: 'add-column',
      collection,
      name: 'symbol',
      column: { type: 'string', maxLength: 5, required: true },
      fill: '?',
      after: 'factor',
    })
    expect(plan.issues).toEqual([])
    expect(plan.records).toBe(2)
    expect(files[definitionPath]).toBe(
      definition
        .replace(
          '# a comment at the end of factor\n',
          `# a comment at the end of factor
    symbol:
        type: string
        required: true
        max_length: 5
`,
        )
        .replace('factor # times the base\n', 'factor # times the base\n    - symbol\n'),
    )
    expect(files['units/$records/metre.yaml']).toBe("name: metre\nfactor: 1.0 # exactly\nsymbol: '?'\n")
    expect((await readAll(files)).issues).toEqual([])
  })

  it('says which records break a new required column', async () => {
    const { plan } = await planOn(units, {
      kind: 'add-column',
      collection,
      name: 'symbol',
      column: { type: 'string', required: true },
    })
    expect(plan.issues).toMatchObject([
      {
        code: 'validation/required',
        collection,
        key: 'foot',
        file: 'units/$records/foot.yaml',
        path: ['symbol'],
      },
      { code: 'validation/required', collection, key: 'metre' },
    ])
  })

  it('drops a column with its comments and its values, and nothing else', async () => {
    const { plan, files } = await planOn(units, { kind: 'drop-column', collection, name: 'factor' })
    expect(plan.issues).toEqual([])
    expect(lineDiff(definition, files[definitionPath])).toBe(
      '-    factor:\n-        type: float\n-        # a comment at the end of factor\n-    - factor # times the base',
    )
    expect(files['units/$records/foot.yaml']).toBe("name: 'foot'\nbase: metre\n")
    expect((await readAll(files)).issues).toEqual([])
  })

  it('renames a column where it stands: comments, number spelling and quotes stay', async () => {
    const { plan, files } = await planOn(units, {
      kind: 'rename-column',
      collection,
      name: 'factor',
      to: 'times',
    })
    expect(plan.issues).toEqual([])
    expect(files[definitionPath]).toBe(
      definition.replace('    factor:', '    times:').replace('- factor', '- times'),
    )
    expect(files['units/$records/metre.yaml']).toBe('name: metre\ntimes: 1.0 # exactly\n')
    expect(files['units/$records/foot.yaml']).toBe("times: 0.3048\nname: 'foot'\nbase: metre\n")
    expect((await readAll(files)).issues).toEqual([])
  })

  it('refuses to rename or drop what a formula uses', async () => {
    const withFormula = {
      ...units,
      [definitionPath]: definition.replace(
        'columns_order:',
        '    inches:\n        type: float\n        formula: factor / 0.0254\ncolumns_order:',
      ),
    }
    for (const change of [
      { kind: 'rename-column', collection, name: 'factor', to: 'times' },
      { kind: 'drop-column', collection, name: 'factor' },
    ] as const) {
      const { plan, files } = await planOn(withFormula, change)
      expect(plan.issues).toMatchObject([{ severity: 'error', path: ['columns', 'inches', 'formula'] }])
      expect(files).toEqual(withFormula)
    }
  })

  it('converts values to a new type, and names those that would lose something', async () => {
    const { plan, files } = await planOn(units, {
      kind: 'alter-column',
      collection,
      name: 'factor',
      set: { type: 'string' },
    })
    expect(plan.issues).toEqual([])
    expect((await readAll(files)).records['units']).toMatchObject({
      foot: { factor: '0.3048' },
      metre: { factor: '1' },
    })
    expect((await readAll(files)).issues).toEqual([])
    const back = await planOn(files, {
      kind: 'alter-column',
      collection,
      name: 'factor',
      set: { type: 'int' },
    })
    expect(back.plan.issues).toMatchObject([
      {
        code: 'validation/type',
        collection,
        key: 'foot',
        file: 'units/$records/foot.yaml',
        line: 1,
        expected: 'int',
        actual: '0.3048',
      },
    ])
    expect(back.files).toEqual(files)
  })

  it('sets and takes away constraints in canonical places, and says what breaks them', async () => {
    const { plan, files } = await planOn(units, {
      kind: 'alter-column',
      collection,
      name: 'name',
      set: { required: null, maxLength: 5, title: 'Name' },
    })
    expect(plan.issues).toEqual([])
    expect(files[definitionPath]).toBe(
      definition.replace(
        '        type: string\n        required: true\n',
        '        type: string\n        title: Name\n        max_length: 5\n',
      ),
    )
    const short = await planOn(units, {
      kind: 'alter-column',
      collection,
      name: 'name',
      set: { maxLength: 4 },
    })
    expect(short.plan.issues).toMatchObject([{ code: 'validation/max-length', key: 'metre', line: 1 }])
  })

  it('does not blame a change for what was wrong before', async () => {
    const broken = { ...units, 'units/$records/bad.yaml': 'name: 5\nextra: 1\n' }
    const { plan } = await planOn(broken, { kind: 'rename-column', collection, name: 'name', to: 'title' })
    expect(plan.issues).toEqual([])
  })
})

describe('collections', () => {
  it('creates one, registered in order, with a definition in canonical order', async () => {
    const { plan, files } = await planOn(units, {
      kind: 'create-collection',
      id: 'notes.daily',
      definition: {
        titles: { en: 'Daily notes' },
        recordFile: { name: '{key}.json', format: 'json', type: 'map[string]any' },
        columns: {
          text: { type: 'string', required: true, titles: { en: 'Text' } },
          day: { type: 'date' },
          unit: { type: 'string', foreignKey: 'units' },
        },
        maxRecordsCount: 10,
      },
    })
    expect(plan.issues).toEqual([])
    expect(files['.ingitdb/root-collections.yaml']).toBe('notes.daily: notes/daily\nunits: units\n')
    expect(files['notes/daily/.collection/definition.yaml']).toBe(`titles:
    en: Daily notes
record_file:
    name: '{key}.json'
    format: json
    type: map[string]any
columns:
    text:
        type: string
        titles:
            en: Text
        required: true
    day:
        type: date
    unit:
        type: string
        foreign_key: units
columns_order:
    - text
    - day
    - unit
max_records_count: 10
`)
    expect((await readAll(files)).issues).toEqual([])
  })

  it('copies one whose foreign keys to itself mean the copy', async () => {
    const { plan, files } = await planOn(units, { kind: 'copy-collection', collection, to: 'old.units' })
    expect(plan.issues).toEqual([])
    expect(files['old/units/.collection/definition.yaml']).toBe(definition)
    expect(files['old/units/$records/metre.yaml']).toBe(units['units/$records/metre.yaml'])
    const { issues, records } = await readAll(files)
    expect(issues).toEqual([])
    expect(records['old.units']).toEqual(records['units'])
  })

  it('drops one with its folder, and leaves a registry that is not empty', async () => {
    const { plan, files } = await planOn(units, { kind: 'drop-collection', collection })
    expect(plan.issues).toEqual([])
    expect(plan.records).toBe(2)
    expect(files).toEqual({ '.ingitdb/root-collections.yaml': '{}\n' })
    expect((await readAll(files)).issues).toEqual([])
    const again = await planOn(files, {
      kind: 'create-collection',
      id: 'a',
      definition: {
        recordFile: { name: 'a.csv', format: 'csv', type: '[]map[string]any' },
        columns: { id: { type: 'string' } },
      },
    })
    expect(again.files['.ingitdb/root-collections.yaml']).toBe('a: a\n')
  })

  const orders: Files = {
    ...units,
    '.ingitdb/root-collections.yaml': '# all\nunits: units # measures\norders: shop/orders\n',
    'shop/orders/.collection/definition.yaml':
      'record_file: {name: orders.json, format: json, type: "[]map[string]any"}\ncolumns:\n  unit: {type: string, foreign_key: units}\n',
    'shop/orders/orders.json': '[\n  {"$ID": "o1", "unit": "foot"},\n  {"$ID": "o2", "unit": "metre"}\n]\n',
  }

  it('does not drop what others refer to', async () => {
    const { plan, files } = await planOn(orders, { kind: 'drop-collection', collection })
    expect(plan.issues).toMatchObject([
      {
        code: 'format/unresolved-foreign-key',
        severity: 'error',
        collection: 'orders',
        path: ['columns', 'unit', 'foreign_key'],
      },
    ])
    expect(files).toEqual(orders)
  })

  it('renames one where it stands in the registry, with the foreign keys that mean it', async () => {
    const { plan, files } = await planOn(orders, {
      kind: 'rename-collection',
      collection,
      to: 'measures',
      references: 'update',
    })
    expect(plan.issues).toEqual([])
    expect(files['.ingitdb/root-collections.yaml']).toBe(
      '# all\nmeasures: units # measures\norders: shop/orders\n',
    )
    expect(files[definitionPath]).toBe(definition.replace('foreign_key: units', 'foreign_key: measures'))
    expect(files['shop/orders/.collection/definition.yaml']).toContain('foreign_key: measures}')
    expect((await readAll(files)).issues).toEqual([])
    const kept = await planOn(orders, {
      kind: 'rename-collection',
      collection,
      to: 'm',
      references: 'restrict',
    })
    expect(kept.plan.issues).toMatchObject([{ code: 'validation/referenced', collection: 'orders' }])
  })

  it('moves one to another folder without reading its records again', async () => {
    const { plan, files } = await planOn(orders, {
      kind: 'rename-collection',
      collection,
      to: 'base.units',
      path: 'base/units',
      references: 'update',
    })
    expect(plan.issues).toEqual([])
    expect(plan.files).toContainEqual({
      path: 'base/units/$records/foot.yaml',
      kind: 'move',
      from: 'units/$records/foot.yaml',
    })
    expect(Object.keys(files).filter((path) => path.startsWith('units/'))).toEqual([])
    expect((await readAll(files)).issues).toEqual([])
  })

  it('renames a record, what is stored of its key, and the references to it', async () => {
    const { plan, files } = await planOn(orders, {
      kind: 'rename-record',
      collection,
      key: 'metre',
      to: 'm',
      references: 'update',
    })
    expect(plan.issues).toEqual([])
    expect(files['units/$records/m.yaml']).toBe(units['units/$records/metre.yaml'])
    expect(files['units/$records/foot.yaml']).toBe("factor: 0.3048\nname: 'foot'\nbase: m\n")
    expect(files['shop/orders/orders.json']).toBe(
      '[\n  {"$ID": "o1", "unit": "foot"},\n  {"$ID": "o2", "unit": "m"}\n]\n',
    )
    expect((await readAll(files)).issues).toEqual([])
    const kept = await planOn(orders, {
      kind: 'rename-record',
      collection,
      key: 'metre',
      to: 'm',
      references: 'restrict',
    })
    expect(kept.plan.issues).toMatchObject([
      { code: 'validation/referenced', collection: 'units', key: 'foot', line: 3 },
      { code: 'validation/referenced', collection: 'orders', key: 'o2' },
    ])
  })

  it('splits a list into one file per record with equal values', async () => {
    const { plan, files } = await planOn(orders, { kind: 'split-collection', collection: 'orders' })
    expect(plan.issues).toEqual([])
    expect(files['shop/orders/orders.json']).toBeUndefined()
    const [before, after] = [await readAll(orders), await readAll(files)]
    expect(after.issues).toEqual([])
    expect(after.records).toEqual(before.records)
    expect(Object.keys(files).filter((path) => path.includes('shop/orders/$records'))).toEqual([
      'shop/orders/$records/o1.json',
      'shop/orders/$records/o2.json',
    ])
  })

  it('makes several changes, each on the result of the former', async () => {
    const { plan, files } = await planOn(
      units,
      { kind: 'rename-column', collection, name: 'factor', to: 'times' },
      { kind: 'rename-collection', collection, to: 'measures', references: 'update' },
      { kind: 'alter-column', collection: 'measures', name: 'times', set: { type: 'string' } },
      { kind: 'rename-record', collection: 'measures', key: 'foot', to: 'ft', references: 'update' },
      { kind: 'copy-collection', collection: 'measures', to: 'copy', records: false },
      { kind: 'drop-collection', collection: 'measures' },
    )
    expect(plan.issues).toEqual([])
    expect((await readAll(files)).issues).toEqual([])
    expect(Object.keys(files)).toEqual(['.ingitdb/root-collections.yaml', 'copy/.collection/definition.yaml'])
    expect(plan.summary).toHaveLength(6)
  })
})
