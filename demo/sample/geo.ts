import type { Fields, SampleCollection, Value } from './collection.ts'
import { type CountryFacts, countryFacts } from './country-facts.ts'
import { displayNames, firstWeekday, type Names, regionTimeZones, utcOffset } from './intl.ts'
import type { Stage } from './stage.ts'

/** Continent keys and the UN's M49 codes, under which CLDR names them. */
const continentCodes = {
  af: '002',
  an: '010',
  as: '142',
  eu: '150',
  na: '003',
  oc: '009',
  sa: '005',
} as const

export function continents(): SampleCollection {
  const records = Object.entries(continentCodes).map(([key, m49]): [string, Fields] => {
    // CLDR names Antarctica as a region of its own.
    const names = displayNames('region', key === 'an' ? 'AQ' : m49)
    return [key, { m49, names }]
  })
  return {
    path: 'geo/continents',
    format: 'yaml',
    titles: { en: 'Continents', de: 'Kontinente', fr: 'Continents' },
    columns: {
      m49: { type: 'string', title: 'UN M49 code', required: true, length: 3 },
      names: { type: 'map[locale]string', required: true },
    },
    records: new Map(records),
  }
}

export function countries(stage: Stage): SampleCollection {
  const columns: Record<string, Fields> = {
    alpha2: { type: 'string', title: 'ISO 3166-1 alpha-2', required: true, ...sized(stage, 2) },
    alpha3: { type: 'string', title: 'ISO 3166-1 alpha-3', required: true, ...sized(stage, 3) },
    numeric: { type: 'string', title: 'ISO 3166-1 numeric', required: true, ...sized(stage, 3) },
    names: { type: 'map[locale]string', required: true },
    continent: { type: 'string', required: true, foreign_key: 'continents' },
    currency: { type: 'string', foreign_key: 'money.currencies' },
    languages: { type: '[]string', title: 'Official languages' },
  }
  if (stage.callingCodes) columns['calling_code'] = { type: 'string', max_length: 3 }
  if (stage.weekdays) columns['first_weekday'] = { type: 'string', enum: weekdays }
  return {
    path: 'geo/countries',
    format: 'json',
    titles: { en: 'Countries', de: 'Länder', es: 'Países', fr: 'Pays' },
    columns,
    records: new Map(countryFacts.map((facts) => [facts.alpha2.toLowerCase(), countryFields(facts, stage)])),
  }
}

const weekdays: readonly Value[] = ['monday', 'friday', 'saturday', 'sunday']

function sized(stage: Stage, length: number): Fields {
  return stage.strictCodes ? { length } : {}
}

/** The currency that a country used at this point of the history. */
export function currencyOf(facts: CountryFacts, stage: Stage): string | null {
  return stage.formerMoney[facts.alpha2] ?? facts.currency
}

function countryFields(facts: CountryFacts, stage: Stage): Fields {
  const { alpha2, alpha3, numeric, continent, languages } = facts
  return {
    alpha2,
    alpha3,
    numeric,
    names: countryNames(facts, stage),
    continent,
    currency: currencyOf(facts, stage)?.toLowerCase() ?? null,
    languages: languages.length > 0 ? languages : null,
    calling_code: stage.callingCodes ? facts.callingCode : null,
    // Calendars mean nothing where nobody lives.
    first_weekday: stage.weekdays && languages.length > 0 ? firstWeekday(alpha2) : null,
  }
}

function countryNames({ alpha2, continent }: CountryFacts, stage: Stage): Names {
  const wanted = stage.italian && continent === 'eu' ? [...stage.countryLocales, 'it'] : stage.countryLocales
  return { ...displayNames('region', alpha2, wanted), ...stage.namedOtherwise[alpha2] }
}

/** Zones that CLDR keeps under an older name than the IANA database. */
const zoneRenames: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
}

export function timeZones(): SampleCollection {
  const records = new Map<string, Fields>()
  for (const { alpha2 } of countryFacts)
    for (const known of regionTimeZones(alpha2)) {
      const zone = zoneRenames[known] ?? known
      records.set(zone.replaceAll('/', '-').toLowerCase(), {
        zone,
        country: alpha2.toLowerCase(),
        offset_january: utcOffset(known, new Date('2025-01-01T12:00:00Z')),
        offset_july: utcOffset(known, new Date('2025-07-01T12:00:00Z')),
      })
    }
  return {
    path: 'geo/time_zones',
    format: 'json',
    titles: { en: 'Time zones', de: 'Zeitzonen', es: 'Zonas horarias', fr: 'Fuseaux horaires' },
    columns: {
      zone: { type: 'string', title: 'IANA name', required: true },
      country: { type: 'string', required: true, foreign_key: 'countries' },
      offset_january: { type: 'string', title: 'UTC offset, January 2025', length: 6 },
      offset_july: { type: 'string', title: 'UTC offset, July 2025', length: 6 },
    },
    records,
  }
}
