import { locales, type Names } from './intl.ts'

/** What the database knows at one commit. History is a list of stages; their files are compared, not written twice. */
export interface Stage {
  readonly collections: readonly CollectionName[]
  readonly countryLocales: readonly string[]
  readonly callingCodes: boolean
  readonly weekdays: boolean
  /** Lengths and enums in the definitions of codes. */
  readonly strictCodes: boolean
  /** Countries (alpha-2) that still use an earlier currency. */
  readonly formerMoney: Readonly<Record<string, string>>
  /** Names that differ from CLDR's, by country. */
  readonly namedOtherwise: Readonly<Record<string, Names>>
  /** Italian names of European countries, the work of the draft branch. */
  readonly italian: boolean
}

export type CollectionName =
  | 'continents'
  | 'scripts'
  | 'languages'
  | 'currencies'
  | 'countries'
  | 'units'
  | 'timeZones'

/** Before the first commit. */
export const emptyStage: Stage = {
  collections: [],
  countryLocales: ['en'],
  callingCodes: false,
  weekdays: false,
  strictCodes: false,
  formerMoney: { BG: 'BGN', CW: 'ANG', HR: 'HRK', SL: 'SLL', SX: 'ANG', ZW: 'ZWL' },
  namedOtherwise: { TR: { en: 'Turkey' } },
  italian: false,
}

export const allLocales: readonly string[] = locales
