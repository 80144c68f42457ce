/** The locales of the sample's names. */
export const locales = ['ar', 'de', 'en', 'es', 'fr', 'ja'] as const

export type Names = Readonly<Record<string, string>>

type NameType = 'region' | 'currency' | 'language' | 'script'

/** What `Intl.DisplayNames` calls a code, in the locales that have a name for it. */
export function displayNames(type: NameType, code: string, wanted: readonly string[] = locales): Names {
  const names = wanted.map((locale) => [locale, namesIn(locale, type, code).of(code)])
  return Object.fromEntries(names.filter(([, name]) => name !== undefined))
}

const cache = new Map<string, Intl.DisplayNames>()

/** Making one costs more than all that is asked of it. */
function namesIn(locale: string, type: NameType, code: string): Intl.DisplayNames {
  // `none` also drops a name that is spelled like its code: the Thai script is called "Thai" in German.
  const fallback = code === 'Thai' ? 'code' : 'none'
  const key = `${locale} ${type} ${fallback}`
  const known =
    cache.get(key) ?? new Intl.DisplayNames(locale, { type, fallback, languageDisplay: 'standard' })
  cache.set(key, known)
  return known
}

/** What a language calls itself, when the data knows. */
export function ownName(language: string): string | null {
  if (Intl.DisplayNames.supportedLocalesOf(language).length === 0) return null
  return new Intl.DisplayNames(language, { type: 'language', fallback: 'none' }).of(language) ?? null
}

/** The plural or short name of a unit, as `Intl.NumberFormat` writes it beside a number. */
export function unitName(unit: string, locale: string, unitDisplay: 'long' | 'short'): string {
  const parts = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay }).formatToParts(100)
  // Percent is a sign of the number format in most locales, a unit's name in the others.
  const name = parts.filter(({ type }) => type === 'unit' || type === 'percentSign').map(({ value }) => value)
  return name.join(' ').trim()
}

/** The short sign of a currency in English, when it has one that differs from its code. */
export function currencySign(currency: string): string | null {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  const sign = format.formatToParts(1).find(({ type }) => type === 'currency')?.value
  return sign === undefined || sign === currency ? null : sign
}

/** The script that a language is written in by default. */
export function defaultScript(language: string): string | null {
  return new Intl.Locale(language).maximize().script ?? null
}

// TypeScript's library does not know these yet; engines have them as properties or, newer, as methods.
interface LocaleInfo {
  readonly timeZones?: readonly string[]
  getTimeZones?(): readonly string[]
  readonly textInfo?: { readonly direction: string }
  getTextInfo?(): { readonly direction: string }
  readonly weekInfo?: { readonly firstDay: number }
  getWeekInfo?(): { readonly firstDay: number }
}

function localeInfo(tag: string): LocaleInfo {
  // Every member is optional and checked where it is used.
  return new Intl.Locale(tag).maximize() as LocaleInfo & Intl.Locale
}

/** The time zones of a region. */
export function regionTimeZones(region: string): readonly string[] {
  const info = localeInfo(`und-${region}`)
  return info.getTimeZones?.() ?? info.timeZones ?? []
}

/** `ltr` or `rtl`. */
export function textDirection(language: string): string {
  const info = localeInfo(language)
  return (info.getTextInfo?.() ?? info.textInfo)?.direction ?? 'ltr'
}

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

/** The weekday that calendars of a region begin with. */
export function firstWeekday(region: string): string {
  const info = localeInfo(`und-${region}`)
  const day = (info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1
  return weekdays[day - 1] ?? 'monday'
}

/** The offset from UTC at a moment, as `+01:00`. */
export function utcOffset(timeZone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at)
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '') ?? ''
  return text === '' ? '+00:00' : text
}
