import type { Fields, SampleCollection } from './collection.ts'
import { countryFacts } from './country-facts.ts'
import { minorUnits, successors } from './currency-facts.ts'
import { currencyOf } from './geo.ts'
import {
  currencySign,
  defaultScript,
  displayNames,
  locales,
  ownName,
  textDirection,
  unitName,
} from './intl.ts'
import { constructedLanguages, languageCodes, moreScripts, scriptKinds } from './language-facts.ts'
import type { Stage } from './stage.ts'
import { unitFacts } from './unit-facts.ts'

export function scripts(): SampleCollection {
  const used = languageCodes.map(defaultScript).filter((script) => script !== null)
  const codes = [...new Set([...used, ...moreScripts])].sort()
  return {
    path: 'language/scripts',
    format: 'yaml',
    titles: { en: 'Scripts', de: 'Schriften', es: 'Escrituras', fr: 'Écritures' },
    columns: {
      code: { type: 'string', title: 'ISO 15924', required: true, length: 4 },
      names: { type: 'map[locale]string', required: true },
      kind: { type: 'string', enum: [...new Set(Object.values(scriptKinds))].sort() },
    },
    records: new Map(
      codes.map((code) => [
        code.toLowerCase(),
        { code, names: displayNames('script', code), kind: scriptKinds[code] ?? null },
      ]),
    ),
  }
}

export function languages(): SampleCollection {
  const records = languageCodes.map((code): [string, Fields] => [
    code,
    {
      names: displayNames('language', code),
      own_name: ownName(code),
      script: defaultScript(code)?.toLowerCase() ?? null,
      direction: textDirection(code),
      constructed: constructedLanguages.has(code) ? true : null,
    },
  ])
  return {
    path: 'language/languages',
    format: 'yaml',
    titles: { en: 'Languages', de: 'Sprachen', es: 'Idiomas', fr: 'Langues' },
    columns: {
      names: { type: 'map[locale]string', required: true },
      own_name: { type: 'string', title: 'Own name' },
      script: { type: 'string', foreign_key: 'scripts' },
      direction: { type: 'string', required: true, enum: ['ltr', 'rtl'] },
      constructed: { type: 'bool' },
    },
    records: new Map(records),
  }
}

export function currencies(stage: Stage): SampleCollection {
  const used = countryFacts.map((facts) => currencyOf(facts, stage)).filter((code) => code !== null)
  const inUse = new Set(used)
  const former = Object.keys(successors).filter(
    (code) => inUse.has(successors[code] ?? '') && !inUse.has(code),
  )
  const records = [...new Set([...used, ...former])].sort().map((code): [string, Fields] => [
    code.toLowerCase(),
    {
      code,
      names: displayNames('currency', code),
      symbol: currencySign(code),
      minor_units: minorUnits[code] ?? 2,
      replaced_by: former.includes(code) ? (successors[code]?.toLowerCase() ?? null) : null,
    },
  ])
  return {
    path: 'money/currencies',
    format: 'yaml',
    titles: { en: 'Currencies', de: 'Währungen', es: 'Monedas', fr: 'Monnaies' },
    columns: {
      code: { type: 'string', title: 'ISO 4217', required: true, ...(stage.strictCodes && { length: 3 }) },
      names: { type: 'map[locale]string', required: true },
      symbol: { type: 'string', max_length: 5 },
      minor_units: { type: 'int', title: 'Decimal places', required: true, min_value: 0, max_value: 4 },
      replaced_by: { type: 'string', foreign_key: 'money.currencies' },
    },
    records: new Map(records),
  }
}

export function units(): SampleCollection {
  const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort()
  return {
    path: 'measures/units',
    format: 'json',
    titles: { en: 'Units', de: 'Einheiten', es: 'Unidades', fr: 'Unités' },
    columns: {
      names: { type: 'map[locale]string', required: true },
      symbol: { type: 'string', required: true },
      quantity: { type: 'string', required: true, enum: distinct(unitFacts.map(({ quantity }) => quantity)) },
      system: { type: 'string', required: true, enum: distinct(unitFacts.map(({ system }) => system)) },
      base: { type: 'string', title: 'Base unit', foreign_key: 'units' },
      factor: { type: 'float', title: 'How many base units' },
    },
    records: new Map(
      unitFacts.map(({ id, quantity, system, base, factor }) => [
        id,
        {
          names: Object.fromEntries(locales.map((locale) => [locale, unitName(id, locale, 'long')])),
          symbol: unitName(id, 'en', 'short'),
          quantity,
          system,
          base,
          factor,
        },
      ]),
    ),
  }
}
