import type { Json } from '../../src/protocol/records.ts'
import { isJsonMap } from '../format/record-value.ts'

/**
 * A value as another type holds it, when nothing of it is lost; undefined otherwise.
 *
 * | from → to | converts |
 * | --- | --- |
 * | int, float, bool → string | as it is written in JSON |
 * | string → int, float | numbers as JSON writes them: no leading zeros, no more digits than a number keeps |
 * | string → bool | `true`, `false` |
 * | bool ⇄ int, float | 0 and 1 |
 * | float → int | without a fraction |
 * | string → date, time, datetime | ISO 8601 text |
 * | date, time, datetime → string | the same text |
 * | T → []T | a list of one |
 * | []T → T | a list of one |
 * | []A → []B | each item |
 * | anything → any | stays |
 */
export function convertValue(value: Json, from: string, to: string): Json | undefined {
  if (value === null || to === 'any') return value
  if (to.startsWith('[]')) {
    const items = Array.isArray(value) ? (value as readonly Json[]) : [value]
    const itemType = from.startsWith('[]') ? from.slice(2) : from
    const converted = items.map((item) =>
      item === null ? undefined : convertValue(item, itemType, to.slice(2)),
    )
    return converted.every((item) => item !== undefined) ? converted : undefined
  }
  if (Array.isArray(value)) {
    const [only] = value as readonly Json[]
    return value.length === 1 && only !== undefined
      ? convertValue(only, from.replace('[]', ''), to)
      : undefined
  }
  if (to.startsWith('map[')) {
    if (!isJsonMap(value)) return undefined
    return to !== 'map[locale]string' || Object.values(value).every((text) => typeof text === 'string')
      ? value
      : undefined
  }
  return isJsonMap(value) ? undefined : convertScalar(value as string | number | boolean, to)
}

const date = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?`
const zone = String.raw`(?:[Zz]|[-+]\d\d(?::?\d\d)?)?`
const texts: { readonly [type: string]: RegExp } = {
  date: new RegExp(`^${date}$`),
  time: new RegExp(`^${time}${zone}$`),
  datetime: new RegExp(`^${date}(?:[Tt ]${time}${zone})?$`),
}
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/
/** Decimal digits that a JavaScript number keeps, whatever they are. */
const safeDigits = 15

function convertScalar(value: string | number | boolean, to: string): Json | undefined {
  switch (to) {
    case 'string':
      return String(value)
    case 'int': {
      const number = numberOf(value)
      return Number.isSafeInteger(number) ? number : undefined
    }
    case 'float':
      return numberOf(value)
    case 'bool':
      if (typeof value === 'boolean') return value
      if (value === 'true' || value === 1) return true
      return value === 'false' || value === 0 ? false : undefined
    default:
      return typeof value === 'string' && texts[to]?.test(value) === true && isDay(value) ? value : undefined
  }
}

function numberOf(value: string | number | boolean): number | undefined {
  if (typeof value !== 'string') return Number(value)
  if (!jsonNumber.test(value)) return undefined
  const digits = value
    .replace(/[eE].*/, '')
    .replaceAll(/[-.]/g, '')
    .replace(/^0+/, '').length
  const number = Number(value)
  return digits <= safeDigits && Number.isFinite(number) ? number : undefined
}

/** Whether the day of a date exists in its month; true for texts without a date. */
function isDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? []
  if (year === undefined) return true
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
}
