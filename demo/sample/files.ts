import { collectionFiles, type Files, type SampleCollection, yamlText } from './collection.ts'
import { continents, countries, timeZones } from './geo.ts'
import { currencies, languages, scripts, units } from './reference.ts'
import type { CollectionName, Stage } from './stage.ts'

const builders: Readonly<Record<CollectionName, (stage: Stage) => SampleCollection>> = {
  continents,
  scripts,
  languages,
  currencies,
  countries,
  units,
  timeZones,
}

/** Every file of the repository at one stage. */
export function stageFiles(stage: Stage): Files {
  const collections = stage.collections.map((name) => builders[name](stage))
  return new Map([
    ['LICENSE', license],
    ['README.md', readme(collections)],
    ['.ingitdb/settings.yaml', settings(stage)],
    ...registries(collections),
    ...collections.flatMap((collection) => [...collectionFiles(collection)]),
  ])
}

/** Modules are imported by namespace; what stands outside one is registered by its full id. */
const modules = ['geo', 'language']

function registries(collections: readonly SampleCollection[]): [string, string][] {
  const root = new Map<string, string>()
  const inModule = new Map<string, Map<string, string>>()
  for (const { path } of collections) {
    const [folder = '', name = ''] = path.split('/')
    if (modules.includes(folder)) {
      root.set(`${folder}.*`, folder)
      inModule.set(folder, (inModule.get(folder) ?? new Map<string, string>()).set(name, name))
    } else root.set(folder === 'money' ? `money.${name}` : name, path)
  }
  return [
    ['.ingitdb/root-collections.yaml', registryText(root)],
    ...[...inModule].map(([folder, entries]): [string, string] => [
      `${folder}/.ingitdb/root-collections.yaml`,
      registryText(entries),
    ]),
  ]
}

function registryText(entries: ReadonlyMap<string, string>): string {
  return [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, path]) => `${id}: ${path}\n`)
    .join('')
}

function settings(stage: Stage): string {
  const optional = ['ar', 'de', 'es', 'fr', ...(stage.italian ? ['it'] : []), 'ja']
  return yamlText({
    default_record_format: 'yaml',
    languages: [{ required: 'en' }, ...optional.map((code) => ({ optional: code }))],
  })
}

function readme(collections: readonly SampleCollection[]): string {
  const rows = collections.map(
    ({ path, titles, format }) => `| \`${path}\` | ${titles['en']} | ${format} |\n`,
  )
  return `# World reference data

Countries, currencies, languages, scripts, units and time zones as plain text: one file per record,
in the inGitDB layout. Every change is a commit; every commit is readable without any tool.

| folder | what | format |
| --- | --- | --- |
${rows.join('')}
Codes are those of ISO 3166-1, ISO 4217, ISO 639 and ISO 15924. Continents follow the regions of the
UN's M49 standard. Display names, scripts, directions, first weekdays and units' names are those of
Unicode CLDR; time zones those of the IANA database. What we are not certain of is left out:
a missing field says nothing.
`
}

const license = `The selection and arrangement of this data, and everything in it that is ours, is dedicated to the
public domain under CC0 1.0 Universal: https://creativecommons.org/publicdomain/zero/1.0/

Display names come from the Unicode Common Locale Data Repository,
copyright Unicode, Inc., under the Unicode License v3: https://www.unicode.org/license.txt
`
