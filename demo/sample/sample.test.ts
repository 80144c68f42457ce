import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { git, withSampleRepository } from './bundle.ts'
import { countryFacts } from './country-facts.ts'
import generated from './generated.json' with { type: 'json' }

const bundle = resolve(import.meta.dirname, '..', 'public', 'sample.bundle')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-sample-test-'))
  git(folder, ['clone', '--quiet', bundle, 'main'])
  git(folder, ['clone', '--quiet', '--branch', 'draft', bundle, 'draft'])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('native git verifies the bundle, and fsck finds nothing', () => {
  git(join(folder, 'main'), ['bundle', 'verify', '--quiet', bundle])
  expect(git(join(folder, 'main'), ['fsck', '--strict', '--full', '--no-dangling'])).toBe('')
  expect(readFileSync(bundle).subarray(0, 16).toString()).toBe('# v2 git bundle\n')
  expect(statSync(bundle).size).toBeLessThan(400_000)
})

test('the bundle holds HEAD, main and draft with a dozen commits', () => {
  const heads = git(folder, ['bundle', 'list-heads', bundle]).split('\n')
  expect(heads).toEqual([
    `${generated.main} HEAD`,
    `${generated.main} refs/heads/main`,
    `${generated.draft} refs/heads/draft`,
  ])
  expect(Number(git(join(folder, 'main'), ['rev-list', '--count', 'HEAD']))).toBeGreaterThanOrEqual(12)
})

test('the same facts give the same commits', (context) => {
  const { icu, tz } = process.versions as { readonly icu?: string; readonly tz?: string }
  const { icu: madeWith, timeZones } = generated
  if (icu !== madeWith || tz !== timeZones)
    context.skip(
      `The sample was made with ICU ${madeWith} and time zones ${timeZones}; this Node has ${icu}, ${tz}.`,
    )
  withSampleRepository((gitDir) => {
    expect(git(gitDir, ['rev-parse', 'main'])).toBe(generated.main)
    expect(git(gitDir, ['rev-parse', 'draft'])).toBe(generated.draft)
  })
})

test('merging the draft collides in one field of one record only', () => {
  const main = join(folder, 'main')
  const base = git(main, ['merge-base', 'main', 'origin/draft'])
  const changed = (tip: string): string[] => git(main, ['diff', '--name-only', base, tip]).split('\n')
  const draft = new Set(changed('origin/draft'))
  expect(changed('main').filter((path) => draft.has(path))).toEqual([
    'geo/countries/$records/bg.json',
    'geo/countries/$records/tr.json',
  ])
})

// CLDR maps every region's numeric code to its letters: an oracle that has nothing to do with our table.
test('numeric country codes agree with CLDR', () => {
  for (const { numeric, alpha2 } of countryFacts)
    expect(Intl.getCanonicalLocales(`und-${numeric}`)).toEqual([`und-${alpha2}`])
})

describe.each(['main', 'draft'])('on %s', (branch) => {
  const collections = {
    'geo.continents': 'geo/continents',
    'geo.countries': 'geo/countries',
    'geo.time_zones': 'geo/time_zones',
    'language.languages': 'language/languages',
    'language.scripts': 'language/scripts',
    'money.currencies': 'money/currencies',
    units: 'measures/units',
  }
  const text = (path: string): string => readFileSync(join(folder, branch, path), 'utf8')
  const keysOf = (path: string): string[] =>
    readdirSync(join(folder, branch, path, '$records')).map((file) => file.replace(/\.(json|yaml)$/, ''))

  test('the registries name every collection', () => {
    const root = parse(text('.ingitdb/root-collections.yaml')) as Record<string, string>
    const named = Object.entries(root).flatMap(([id, path]) => {
      if (!id.endsWith('.*')) return [[id, path]]
      const inner = parse(text(`${path}/.ingitdb/root-collections.yaml`)) as Record<string, string>
      return Object.entries(inner).map(([name, sub]) => [id.replace('*', name), `${path}/${sub}`])
    })
    expect(Object.fromEntries(named)).toEqual(collections)
  })

  test.each(Object.entries(collections))('every record of %s fits its definition', (id, path) => {
    const definition = parse(text(`${path}/.collection/definition.yaml`)) as Definition
    expect(definition.columns_order).toEqual(Object.keys(definition.columns))
    const keys = keysOf(path)
    expect(keys.length).toBeGreaterThan(0)
    expect(new Set(keys.map((key) => key.toLowerCase())).size).toBe(keys.length)
    const targets = foreignKeysOf(id, definition)
    for (const key of keys) {
      const file = definition.record_file.name.replace('{key}', key)
      const source = text(`${path}/$records/${file}`)
      expect(source.endsWith('\n') && !source.endsWith('\n\n') && !source.includes('\r')).toBe(true)
      const fields = (file.endsWith('.json') ? JSON.parse(source) : parse(source)) as Record<string, unknown>
      // JSON is exactly what a plain writer gives.
      if (file.endsWith('.json')) expect(source).toBe(`${JSON.stringify(fields, null, 2)}\n`)
      expect(issuesOf(definition, fields), basename(file)).toEqual([])
      for (const [column, target] of targets)
        if (fields[column] !== undefined) expect(target, `${file} ${column}`).toContain(fields[column])
    }
  })

  test("every country's official languages are languages", () => {
    const known = new Set(keysOf('language/languages'))
    for (const { languages } of countryFacts) for (const code of languages) expect(known).toContain(code)
  })

  function foreignKeysOf(id: string, definition: Definition): [string, Set<string>][] {
    const module = id.includes('.') ? `${id.split('.')[0]}.` : ''
    return Object.entries(definition.columns).flatMap(([column, { foreign_key: target }]) => {
      if (target === undefined) return []
      const full =
        (target.includes('.') ? target : [`${module}${target}`, target].find((one) => one in collections)) ??
        ''
      expect(Object.keys(collections)).toContain(full)
      return [[column, new Set(keysOf(collections[full as keyof typeof collections]))]]
    })
  }
})

interface Column {
  readonly type: string
  readonly required?: boolean
  readonly length?: number
  readonly max_length?: number
  readonly min_value?: number
  readonly max_value?: number
  readonly enum?: readonly unknown[]
  readonly foreign_key?: string
}

interface Definition {
  readonly record_file: { readonly name: string; readonly format: string; readonly type: string }
  readonly columns: Readonly<Record<string, Column>>
  readonly columns_order: readonly string[]
}

/** The rules that the sample uses, written down a second time and independently of the library. */
function issuesOf({ columns, columns_order: order }: Definition, fields: Record<string, unknown>): string[] {
  const issues = Object.keys(fields).filter((name) => columns[name] === undefined)
  const positions = Object.keys(fields).map((name) => order.indexOf(name))
  if (positions.some((position, index) => index > 0 && position < (positions[index - 1] ?? 0)))
    issues.push('order of fields')
  for (const [name, column] of Object.entries(columns)) {
    const value = fields[name]
    if (value === undefined) {
      if (column.required === true) issues.push(`${name} is missing`)
    } else if (!fits(column, value)) issues.push(`${name}: ${JSON.stringify(value)}`)
  }
  return issues
}

function fits(column: Column, value: unknown): boolean {
  if (column.enum !== undefined && !column.enum.includes(value)) return false
  switch (column.type) {
    case 'string':
      return typeof value === 'string' && lengthFits(column, [...value].length)
    case 'int':
    case 'float':
      return (
        typeof value === 'number' &&
        (column.type === 'float' || Number.isInteger(value)) &&
        value >= (column.min_value ?? -Infinity) &&
        value <= (column.max_value ?? Infinity)
      )
    case 'bool':
      return typeof value === 'boolean'
    case '[]string':
      return Array.isArray(value) && value.every((one) => typeof one === 'string')
    case 'map[locale]string':
      return (
        typeof value === 'object' &&
        value !== null &&
        'en' in value &&
        Object.values(value).every((one) => typeof one === 'string' && one !== '')
      )
    default:
      return false
  }
}

function lengthFits({ length, max_length: max }: Column, actual: number): boolean {
  return (length === undefined || actual === length) && (max === undefined || actual <= max)
}
