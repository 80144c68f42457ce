/** Deterministic records of about 300 bytes. The same index and version give the same text on every machine. */

export type RecordFormat = 'json' | 'yaml'

/** The fields of every generated record. */
export interface BenchRecord {
  readonly code: string
  readonly name: string
  readonly local_name: string
  readonly city: string
  readonly country: string
  readonly population: number
  readonly area: number
  readonly active: boolean
  readonly founded: string
  readonly tags: readonly string[]
  readonly note: string
  readonly version: number
}

const first = [
  'Zoë',
  'Łukasz',
  'Ada',
  'Ángel',
  'Søren',
  'Ғалым',
  'Ольга',
  '美咲',
  'Nuño',
  'Chloé',
  'Dvořák',
  'Ines',
]
const last = [
  'Müller',
  'O’Neil',
  'Åström',
  'García',
  'Иванова',
  '佐藤',
  'Kowalski',
  'Nguyễn',
  'Smith',
  'Öztürk',
]
const cities = [
  'São Paulo',
  'Zürich',
  'Kraków',
  'Malmö',
  'Dublin',
  'Reykjavík',
  '東京',
  'Київ',
  'Bogotá',
  'Hà Nội',
]
const countries = ['br', 'ch', 'pl', 'se', 'ie', 'is', 'jp', 'ua', 'co', 'vn']
const tags = ['archive', 'draft', 'export', 'core', 'legacy', 'public', 'review', 'seasonal', 'wholesale']
const words = [
  'stone',
  'river',
  'harbour',
  'station',
  'market',
  'bridge',
  'garden',
  'old',
  'north',
  'upper',
  'quay',
]

/** Record number `index` of a database, as `version` commits have left it. */
export function benchRecord(index: number, version: number): BenchRecord {
  const random = randomFrom(Math.imul(index + 1, 2654435761) ^ Math.imul(version + 1, 40503))
  const pick = (list: readonly string[]): string => list[random(list.length)] ?? ''
  const day = String(1 + random(28)).padStart(2, '0')
  const block = (): string => random(0x1000000).toString(16).padStart(6, '0')
  return {
    code: `${block()}-${block()}-${block()}`,
    name: `${pick(first)} ${pick(last)}`,
    local_name: `${pick(last)} ${pick(first)} ${random(1000)}`,
    city: pick(cities),
    country: pick(countries),
    population: random(9_000_000),
    area: random(1_000_000) / 100,
    active: random(4) > 0,
    founded: `${1700 + random(320)}-${String(1 + random(12)).padStart(2, '0')}-${day}`,
    tags: [pick(tags), pick(tags)],
    note: [pick(words), pick(words), pick(words), pick(words), random(100_000).toString(36)].join(' '),
    version,
  }
}

/** The text of a record's file. */
export function recordText(record: BenchRecord, format: RecordFormat): string {
  if (format === 'json') return `${JSON.stringify(record, null, 2)}\n`
  const lines = Object.entries(record).map(([name, value]) =>
    Array.isArray(value)
      ? `${name}:\n${value.map((item) => `  - ${item}`).join('\n')}`
      : `${name}: ${name === 'founded' || name === 'code' ? `"${value}"` : value}`,
  )
  return `${lines.join('\n')}\n`
}

/** The definition of a collection of these records. */
export function definitionText(title: string, format: RecordFormat): string {
  const columns = [
    ['code', 'string', 'length: 20'],
    ['name', 'string', 'required: true'],
    ['local_name', 'string'],
    ['city', 'string'],
    ['country', 'string', 'length: 2'],
    ['population', 'int', 'min_value: 0'],
    ['area', 'float'],
    ['active', 'bool'],
    ['founded', 'date'],
    ['tags', '[]string'],
    ['note', 'string'],
    ['version', 'int'],
  ]
  const lines = ['titles:', `  en: ${title}`, 'record_file:', `  name: "{key}.${format}"`]
  lines.push(`  format: ${format}`, '  type: map[string]any', 'columns:')
  for (const [name, type, ...rules] of columns) {
    lines.push(`  ${name}:`, `    type: "${type}"`, ...rules.map((rule) => `    ${rule}`))
  }
  lines.push('columns_order:', ...columns.map(([name]) => `  - ${name}`))
  return `${lines.join('\n')}\n`
}

/** mulberry32: small, fast, the same everywhere. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}
