import { describe, expect, it } from 'vitest'
import { planOn, readAll, type Files } from './plan.suite.ts'

const yamlFiles = 'record_file: {name: "{key}.yaml", format: yaml, type: "map[string]any"}\n'

/** Plans changes that must be possible and leave a database without issues. */
async function change(...given: Parameters<typeof planOn>): Promise<{ readonly [path: string]: string }> {
  const { plan, files } = await planOn(...given)
  expect(plan.issues).toEqual([])
  expect((await readAll(files)).issues).toEqual([])
  return files
}

describe('modules', () => {
  const modules: Files = {
    '.ingitdb/root-collections.yaml': 'geo.*: modules/geo\nplain: plain\n',
    'modules/geo/.ingitdb/root-collections.yaml': '# geography\ncountries: countries\n',
    'modules/geo/countries/.collection/definition.yaml': `${yamlFiles}columns: {name: {type: string}}\n`,
    'modules/geo/countries/$records/ie.yaml': 'name: Ireland\n',
    'plain/.collection/definition.yaml': `${yamlFiles}columns:\n  country:\n    type: string\n    foreign_key: geo.countries # where\n`,
    'plain/$records/p.yaml': 'country: ie\n',
  }
  const towns = {
    recordFile: { name: 'towns.csv', format: 'csv', type: '[]map[string]any' },
    columns: { id: { type: 'string' }, country: { type: 'string', foreignKey: 'countries' } },
  } as const

  it('registers a new collection in the module that its namespace imports', async () => {
    const files = await change(modules, { kind: 'create-collection', id: 'geo.towns', definition: towns })
    expect(files['modules/geo/.ingitdb/root-collections.yaml']).toBe(
      '# geography\ncountries: countries\ntowns: towns\n',
    )
    expect(files['.ingitdb/root-collections.yaml']).toBe(modules['.ingitdb/root-collections.yaml'])
    expect(files['modules/geo/towns/.collection/definition.yaml']).toContain('foreign_key: countries\n')
    const outside = await planOn(modules, {
      kind: 'create-collection',
      id: 'geo.towns',
      path: 'towns',
      definition: towns,
    })
    expect(outside.plan.issues).toMatchObject([{ code: 'format/bad-path', collection: 'geo.towns' }])
  })

  it('moves a collection from one module to another, and rewrites what a foreign key then says', async () => {
    const files = await change(modules, {
      kind: 'rename-collection',
      collection: 'geo.countries',
      to: 'lands',
      path: 'lands',
      references: 'update',
    })
    // The module has no collections any more: its import goes with it.
    expect(files['.ingitdb/root-collections.yaml']).toBe('lands: lands\nplain: plain\n')
    expect(files['modules/geo/.ingitdb/root-collections.yaml']).toBeUndefined()
    expect(files['plain/.collection/definition.yaml']).toContain('foreign_key: lands # where\n')
  })

  it('refuses paths and ids that no database may have', async () => {
    for (const path of ['../x', '/x', '.git/x', 'a\\b', 'plain', 'x*']) {
      const { plan } = await planOn(modules, { kind: 'create-collection', id: 'x', path, definition: towns })
      expect({ path, codes: plan.issues.map(({ code }) => code) }).toEqual({
        path,
        codes: ['format/bad-path'],
      })
    }
    for (const id of ['a-b', '.a', 'a.', '', '__proto__', 'plain']) {
      await expect(
        planOn(modules, { kind: 'create-collection', id, definition: towns }),
      ).rejects.toMatchObject({
        code: 'engine/bad-argument',
      })
    }
  })
})

describe('definitions that inherit', () => {
  const base: Files = {
    '.ingitdb/root-collections.yaml': 'a: a\nb: b\n',
    'base.yaml': `# shared\n${yamlFiles}columns:\n  name: {type: string}\n  note: {type: string}\ncolumns_order: [name, note]\n`,
    'a/.collection/definition.yaml': 'inherits: ../../base.yaml\ncolumns:\n  own: {type: int} # ours\n',
    'a/$records/x.yaml': 'name: X\nown: 1\n',
    'b/.collection/definition.yaml': 'inherits: ../../base.yaml\n',
    'b/$records/y.yaml': 'name: Y\n',
  }

  it('change what they declare themselves, and refuse what others inherit as well', async () => {
    const files = await change(base, { kind: 'rename-column', collection: 'a', name: 'own', to: 'mine' })
    expect(files['a/.collection/definition.yaml']).toBe(
      'inherits: ../../base.yaml\ncolumns:\n  mine: {type: int} # ours\n',
    )
    const shared = await planOn(base, { kind: 'rename-column', collection: 'a', name: 'name', to: 'title' })
    expect(shared.plan.issues).toMatchObject([
      { code: 'format/bad-definition', file: 'base.yaml', collection: 'a' },
    ])
    expect(shared.files).toEqual(base)
  })

  it('change the base when nobody else inherits it', async () => {
    const { 'b/.collection/definition.yaml': _b, 'b/$records/y.yaml': _y, ...alone } = base
    const files = await change(
      { ...alone, '.ingitdb/root-collections.yaml': 'a: a\n' },
      { kind: 'rename-column', collection: 'a', name: 'name', to: 'title' },
    )
    expect(files['base.yaml']).toBe(
      String(base['base.yaml'])
        .replaceAll('name:', 'title:')
        .replace('[name', '[title')
        .replace('{title: "{key}', '{name: "{key}'),
    )
    expect(files['a/$records/x.yaml']).toBe('title: X\nown: 1\n')
  })

  it('keep their base when they are copied or moved', async () => {
    const files = await change(base, { kind: 'copy-collection', collection: 'a', to: 'deep.er.copy' })
    expect(files['deep/er/copy/.collection/definition.yaml']).toContain('inherits: ../../../../base.yaml\n')
    await change(base, {
      kind: 'rename-collection',
      collection: 'a',
      to: 'z',
      path: 'z/z',
      references: 'restrict',
    })
  })
})

describe('shared layouts', () => {
  const shared: Files = {
    '.ingitdb/root-collections.yaml':
      'recipes: cooking/.collections/recipes\nfood: cooking/.collections/food\n',
    'cooking/.collections/recipes/definition.yaml': `data_dir: recipes\n${yamlFiles}columns: {title: {type: string}}\n`,
    'cooking/.collections/recipes/$views/all.yaml': 'columns: [title]\norder_by: title desc\nformats: [md]\n',
    'cooking/.collections/recipes/steps/definition.yaml':
      'record_file: {name: steps.yaml, format: yaml, type: "[]map[string]any"}\ncolumns: {text: {type: string}}\n',
    'cooking/recipes/$records/soup.yaml': 'title: Soup\n',
    'cooking/recipes/$records/soup/steps/steps.yaml': '- $ID: "1"\n  text: Boil\n',
    'cooking/.collections/food/definition.yaml':
      'record_file: {name: food.csv, format: csv, type: "[]map[string]any"}\ncolumns: {id: {type: string}}\ncolumns_order: [id]\n',
    'cooking/food.csv': 'id\nleek\n',
    'cooking/README.md': 'Cooking\n',
  }

  it('move into a folder of their own with views and subcollections', async () => {
    const before = await readAll(shared)
    expect(before.issues).toEqual([])
    const files = await change(shared, {
      kind: 'rename-collection',
      collection: 'recipes',
      to: 'dishes',
      path: 'dishes',
      references: 'update',
    })
    expect(
      Object.keys(files)
        .filter((path) => path.startsWith('dishes'))
        .sort(),
    ).toEqual([
      'dishes/$records/soup.yaml',
      'dishes/$records/soup/steps/steps.yaml',
      'dishes/.collection/definition.yaml',
      'dishes/.collection/subcollections/steps/definition.yaml',
      'dishes/.collection/views/all.yaml',
    ])
    const after = await readAll(files)
    expect(after.records['dishes/steps']).toEqual(before.records['recipes/steps'])
    expect(after.records['food']).toEqual(before.records['food'])
  })

  it('drop with their records only', async () => {
    const files = await change(shared, { kind: 'drop-collection', collection: 'recipes' })
    expect(Object.keys(files).sort()).toEqual([
      '.ingitdb/root-collections.yaml',
      'cooking/.collections/food/definition.yaml',
      'cooking/README.md',
      'cooking/food.csv',
    ])
  })

  it('rename a column in views too', async () => {
    const files = await change(shared, {
      kind: 'rename-column',
      collection: 'recipes',
      name: 'title',
      to: 'dish',
    })
    expect(files['cooking/.collections/recipes/$views/all.yaml']).toBe(
      'columns: [dish]\norder_by: dish desc\nformats: [md]\n',
    )
    const { plan } = await planOn(shared, { kind: 'drop-column', collection: 'recipes', name: 'title' })
    expect(plan.issues.map(({ file }) => file)).toContain('cooking/.collections/recipes/$views/all.yaml')
  })
})

describe('subcollections', () => {
  const nested: Files = {
    '.ingitdb/root-collections.yaml': 'orders: orders\n',
    'orders/.collection/definition.yaml':
      'record_file: {name: all.yaml, format: yaml, type: "map[$record_id]map[$field_name]any"}\ncolumns: {n: {type: int}}\n',
    'orders/.collection/subcollections/lines/definition.yaml': `${yamlFiles}columns: {q: {type: int}}\n`,
    'orders/.collection/subcollections/lines/subcollections/notes/definition.yaml': `${yamlFiles}columns: {t: {type: string}}\n`,
    'orders/all.yaml': 'o1: {n: 1} # first\no2: {n: 2}\n',
    'orders/o1/lines/$records/l1.yaml': 'q: 1\n',
    'orders/o1/lines/$records/l1/notes/$records/a.yaml': 't: hello\n',
  }

  it('follow a renamed parent and grandparent', async () => {
    const files = await change(
      nested,
      { kind: 'rename-record', collection: 'orders', key: 'o1', to: 'x', references: 'update' },
      { kind: 'rename-record', collection: 'orders/lines', key: 'x/l1', to: 'x/l9', references: 'update' },
      {
        kind: 'rename-record',
        collection: 'orders/lines/notes',
        key: 'x/l9/a',
        to: 'x/l9/b',
        references: 'update',
      },
    )
    expect(files['orders/all.yaml']).toBe('x: {n: 1} # first\no2: {n: 2}\n')
    expect(files['orders/x/lines/$records/l9/notes/$records/b.yaml']).toBe('t: hello\n')
    expect(Object.keys(files).filter((path) => path.includes('o1'))).toEqual([])
  })

  it('move where the format looks for them when their parents are split', async () => {
    const before = await readAll(nested)
    const files = await change(nested, { kind: 'split-collection', collection: 'orders' })
    expect(files['orders/$records/o1/lines/$records/l1.yaml']).toBe('q: 1\n')
    expect((await readAll(files)).records).toEqual(before.records)
  })

  it('are created and dropped as collections are', async () => {
    const created = await change(nested, {
      kind: 'create-collection',
      id: 'orders/bills',
      definition: {
        recordFile: { name: '{key}.yaml', format: 'yaml', type: 'map[string]any' },
        columns: { sum: { type: 'float' } },
      },
    })
    expect(Object.keys(created)).toContain('orders/.collection/subcollections/bills/definition.yaml')
    const dropped = await change(created, { kind: 'drop-collection', collection: 'orders/lines' })
    expect(Object.keys(dropped).filter((path) => path.includes('lines'))).toEqual([])
    expect(Object.keys(dropped)).toContain('orders/.collection/subcollections/bills/definition.yaml')
  })
})

describe('keys in rows', () => {
  const rows: Files = {
    '.ingitdb/root-collections.yaml': 'rates: rates\nuses: uses\n',
    'rates/.collection/definition.yaml':
      'record_file: {name: rates.csv, format: csv, type: "[]map[string]any"}\ncolumns: {code: {type: string}, year: {type: int}, rate: {type: float}}\ncolumns_order: [code, year, rate]\nprimary_key: [code, year]\n',
    'rates/rates.csv': 'code,year,rate\r\nEUR,2024,1.10\r\n"USD",2024,1\r\nEUR,2025,1.20\r\n',
    'uses/.collection/definition.yaml':
      'record_file: {name: uses.json, format: json, type: "[]map[string]any"}\ncolumns: {id: {type: string, foreign_key: rates}, n: {type: int}}\n',
    'uses/uses.json': '[{"id": "EUR\\u001f2024", "n": 1.0}]\n',
  }

  it('are renamed part by part, and a row whose own key is the reference follows', async () => {
    const files = await change(rows, {
      kind: 'rename-record',
      collection: 'rates',
      key: 'EUR\u001f2024',
      to: 'EUR\u001f2023',
      references: 'update',
    })
    expect(files['rates/rates.csv']).toBe(
      'code,year,rate\r\nEUR,2023,1.10\r\n"USD",2024,1\r\nEUR,2025,1.20\r\n',
    )
    expect(JSON.parse(files['uses/uses.json'] ?? '')).toEqual([{ id: 'EUR\u001f2023', n: 1 }])
  })

  it('are not given twice', async () => {
    const { plan } = await planOn(rows, {
      kind: 'rename-record',
      collection: 'rates',
      key: 'EUR\u001f2024',
      to: 'EUR\u001f2025',
      references: 'update',
    })
    expect(plan.issues).toMatchObject([{ code: 'format/duplicate-key' }])
  })
})

describe('hostile content', () => {
  const definition = `\uFEFFrecord_file: {name: "{key}.yaml", format: yaml, type: "map[string]any"}\r\ncolumns:\r\n  __proto__:\r\n    type: string\r\n  constructor: &c\r\n    type: string # text\r\n  other: *c\r\n`
  const hostile: Files = {
    '.ingitdb/root-collections.yaml': 't: t',
    't/.collection/definition.yaml': definition,
    't/$records/a.yaml': '__proto__: x\r\nconstructor: y\r\n',
    't/$records/b.yaml': 'constructor: z',
  }

  it('renames columns that are named like what objects inherit', async () => {
    const files = await change(
      hostile,
      { kind: 'rename-column', collection: 't', name: '__proto__', to: 'hasOwnProperty' },
      { kind: 'rename-column', collection: 't', name: 'constructor', to: '__proto__' },
      { kind: 'add-column', collection: 't', name: 'toString', column: { type: 'int' }, fill: 1 },
    )
    expect(files['t/$records/a.yaml']).toBe('hasOwnProperty: x\r\n__proto__: y\r\ntoString: 1\r\n')
    expect(files['t/$records/b.yaml']).toBe('__proto__: z\ntoString: 1')
    expect(files['t/.collection/definition.yaml']).toContain('\r\n  toString:\r\n    type: int\r\n')
  })

  it('refuses what would break an alias, and changes nothing', async () => {
    const { plan, files } = await planOn(hostile, {
      kind: 'drop-column',
      collection: 't',
      name: 'constructor',
    })
    expect(plan.issues).toMatchObject([
      { code: 'format/bad-definition', file: 't/.collection/definition.yaml' },
    ])
    expect(files).toEqual(hostile)
  })

  it('registers beside a file without a final newline', async () => {
    const files = await change(hostile, { kind: 'copy-collection', collection: 't', to: 'z' })
    expect(files['.ingitdb/root-collections.yaml']).toBe('t: t\nz: z')
  })

  it('does not leave a record behind that it cannot read', async () => {
    const broken = { ...hostile, 't/$records/c.yaml': 'a: [1\n' }
    const { plan, files } = await planOn(broken, {
      kind: 'rename-column',
      collection: 't',
      name: 'constructor',
      to: 'x',
    })
    expect(plan.issues).toMatchObject([{ code: 'format/bad-record', file: 't/$records/c.yaml', key: 'c' }])
    expect(files).toEqual(broken)
    // A record beside it is renamed all the same.
    const renamed = await planOn(broken, {
      kind: 'rename-record',
      collection: 't',
      key: 'a',
      to: 'A1',
      references: 'update',
    })
    expect(renamed.plan.issues.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(renamed.files['t/$records/A1.yaml']).toBe(hostile['t/$records/a.yaml'])
  })

  it('gives no record a key that only differs in case, or that no file can have', async () => {
    for (const to of ['B', 'b']) {
      const { plan } = await planOn(hostile, {
        kind: 'rename-record',
        collection: 't',
        key: 'a',
        to,
        references: 'update',
      })
      expect(plan.issues).toMatchObject([{ code: 'format/duplicate-key', key: 'b' }])
    }
    for (const to of ['', '..', 'con', 'x\u0000']) {
      await expect(
        planOn(hostile, { kind: 'rename-record', collection: 't', key: 'a', to, references: 'update' }),
      ).rejects.toMatchObject({ code: 'record/bad-key' })
    }
    const cased = await planOn(hostile, {
      kind: 'rename-record',
      collection: 't',
      key: 'a',
      to: 'A',
      references: 'update',
    })
    expect(cased.plan.issues).toEqual([])
    expect(cased.files['t/$records/A.yaml']).toBe(hostile['t/$records/a.yaml'])
  })
})
