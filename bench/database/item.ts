/**
 * The records of the database benchmark (shared/reference/local-databases.md §2.2): about 365 bytes of JSON in twelve
 * fields, among them a nested object, a list and an ISO date. The same index gives the same record everywhere.
 */
export interface Item {
  /** The record's key, beside its twelve fields. */
  readonly id: string
  readonly sku: string
  readonly name: string
  /** One of a hundred: an equality finds 1 %. */
  readonly category: string
  readonly price: number
  readonly stock: number
  readonly active: boolean
  readonly rating: number
  readonly unit: string
  readonly created: string
  readonly supplier: { readonly name: string; readonly city: string; readonly country: string }
  readonly tags: readonly string[]
  /** Each of {@link words} stands in about 40 % of the descriptions. */
  readonly description: string
}

/** The names of the fields, in their order. */
export const itemFields = [
  'sku',
  'name',
  'category',
  'price',
  'stock',
  'active',
  'rating',
  'unit',
  'created',
  'supplier',
  'tags',
  'description',
] as const satisfies readonly (keyof Item)[]

export const categoryCount = 100
/** Prices are below this, in steps of 0.01. */
export const priceLimit = 1000

export const words = [
  'stone',
  'river',
  'harbour',
  'market',
  'bridge',
  'garden',
  'north',
  'upper',
  'quay',
  'meadow',
] as const

const makers = [
  'Åström & Søn',
  'Müller',
  'O’Neil Ltd',
  'García Hnos.',
  'Nguyễn',
  'Kowalski',
  'Öztürk',
  '佐藤',
]
const cities = ['Zürich', 'Kraków', 'Malmö', 'Dublin', 'São Paulo', 'Bogotá', 'Reykjavík', 'Lyon']
const countries = ['ch', 'pl', 'se', 'ie', 'br', 'co', 'is', 'fr']
const tags = ['archive', 'draft', 'export', 'core', 'legacy', 'public', 'review', 'seasonal', 'wholesale']
const units = ['piece', 'kg', 'litre', 'metre']

export function itemKey(index: number): string {
  return `item-${String(index).padStart(7, '0')}`
}

export function categoryName(number: number): string {
  return `category-${String(number).padStart(3, '0')}`
}

export function itemAt(index: number): Item {
  const random = randomFrom(Math.imul(index + 1, 2654435761))
  const pick = (list: readonly string[]): string => list[random(list.length)] ?? ''
  const two = (below: number): string => String(1 + random(below)).padStart(2, '0')
  const place = random(cities.length)
  // Text that does not compress away.
  const noise = (): string => (random(1 << 30) * 4096 + random(4096)).toString(36).padStart(9, '0')
  return {
    id: itemKey(index),
    sku: `${random(0x1000000).toString(16).padStart(6, '0')}-${random(0x10000).toString(16).padStart(4, '0')}`,
    name: `${pick(words)} ${pick(units)} ${random(10_000)}`,
    category: categoryName(random(categoryCount)),
    price: random(priceLimit * 100) / 100,
    stock: random(5000),
    active: random(4) > 0,
    rating: random(51) / 10,
    unit: pick(units),
    created: `${2000 + random(26)}-${two(12)}-${two(28)}`,
    supplier: { name: pick(makers), city: cities[place] ?? '', country: countries[place] ?? '' },
    tags: [pick(tags), pick(tags)],
    description: [...Array.from({ length: 5 }, () => pick(words)), ...Array.from({ length: 6 }, noise)].join(
      ' ',
    ),
  }
}

/** The definition of a collection of these records: one JSON file per record, a rule on every column. */
export const itemDefinition = `titles:
  en: Items
record_file:
  name: "{key}.json"
  format: json
  type: map[string]any
columns:
  sku:
    type: string
    required: true
    length: 11
  name:
    type: string
    required: true
    max_length: 100
  category:
    type: string
    required: true
    length: 12
  price:
    type: float
    required: true
    min_value: 0
    max_value: ${priceLimit}
  stock:
    type: int
    required: true
    min_value: 0
  active:
    type: bool
  rating:
    type: float
    min_value: 0
    max_value: 5
  unit:
    type: string
    enum:
${units.map((unit) => `      - ${unit}\n`).join('')}  created:
    type: date
    required: true
  supplier:
    type: map[string]string
  tags:
    type: "[]string"
  description:
    type: string
    max_length: 500
`

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
