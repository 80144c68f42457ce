import type { Json, RecordValue } from '../../../src/protocol/records.ts'
import { isJsonMap } from '../record-value.ts'

/**
 * What is known of a column's type: a column type, or `[]` and `map` for lists and maps that were all empty.
 * Undefined when every value was null.
 */
export type TypeGuess = string | undefined

const day = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const clock = String.raw`(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?`
const dateText = new RegExp(`^${day}$`)
const timeText = new RegExp(`^${clock}$`)
const dateTimeText = new RegExp(`^${day}[T ]${clock}$`)
const locale = /^[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?$/
const integerCell = /^-?(?:0|[1-9]\d{0,14})$/
const numberCell = /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/
const localeMap = 'map[locale]string'
const anyMap = 'map[string]any'

/** The most exact type of one value. */
function typeOfValue(value: Json): TypeGuess {
  if (value === null) return undefined
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int' : 'float'
  if (typeof value === 'string') return typeOfText(value)
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => {
      const type = item === null ? 'any' : typeOfValue(item)
      return type?.includes('[') || type === 'map' ? 'any' : type
    })
    return `[]${items.reduce<TypeGuess>(widerType, undefined) ?? ''}`
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return 'map'
  return entries.every(([key, text]) => typeof text === 'string' && locale.test(key)) ? localeMap : anyMap
}

function typeOfText(text: string): string {
  if (dateText.test(text)) return 'date'
  if (timeText.test(text)) return 'time'
  return dateTimeText.test(text) ? 'datetime' : 'string'
}

/** The most exact type of a cell of a CSV file, where everything is text and an empty cell is nothing. */
function typeOfCell(text: string): TypeGuess {
  if (text === '') return undefined
  if (integerCell.test(text)) return 'int'
  if (numberCell.test(text)) return 'float'
  return text === 'true' || text === 'false' ? 'bool' : typeOfText(text)
}

const texts: ReadonlySet<string> = new Set(['string', 'date', 'time', 'datetime'])

/** The type that holds the values of both. */
function widerType(a: TypeGuess, b: TypeGuess): TypeGuess {
  if (a === b || b === undefined) return a
  if (a === undefined) return b
  if (texts.has(a) && texts.has(b)) return 'string'
  if (a.startsWith('[]') && b.startsWith('[]')) {
    return `[]${widerType(a.slice(2) || undefined, b.slice(2) || undefined) ?? ''}`
  }
  if (a.startsWith('map') && b.startsWith('map')) return a === 'map' ? b : b === 'map' ? a : anyMap
  return (a === 'int' || a === 'float') && (b === 'int' || b === 'float') ? 'float' : 'any'
}

/** The column type to declare. */
export function declaredType(guess: TypeGuess): string {
  if (guess === '[]') return '[]any'
  return guess === 'map' ? anyMap : (guess ?? 'any')
}

/** The types of all fields of some records, in the order in which the fields appear. */
export function guessFieldTypes(
  records: Iterable<RecordValue>,
  typeOf: (value: Json) => TypeGuess = typeOfValue,
): ReadonlyMap<string, TypeGuess> {
  const types = new Map<string, TypeGuess>()
  for (const record of records) {
    for (const [name, value] of Object.entries(record))
      types.set(name, widerType(types.get(name), typeOf(value)))
  }
  return types
}

/** The same for rows of a CSV file: cells that differ are text. */
export function guessCellTypes(rows: Iterable<RecordValue>): ReadonlyMap<string, TypeGuess> {
  const types = guessFieldTypes(rows, (cell) => typeOfCell(String(cell)))
  return new Map([...types].map(([name, type]) => [name, type === 'any' ? 'string' : type]))
}

/** Whether all of several maps have a key in common: then they are records of one kind. */
export function areAlike(values: readonly Json[]): boolean {
  const [first, ...rest] = values
  if (!isJsonMap(first)) return false
  return Object.keys(first).some((key) =>
    rest.every((value) => isJsonMap(value) && Object.hasOwn(value, key)),
  )
}
