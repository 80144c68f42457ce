import type { CommandSpec } from '../command-spec.ts'
import { database, commit, textOrJson, json } from './shared.ts'

/** `espalier describe` */
export const describe: CommandSpec = {
  name: 'describe',
  summary: 'Show collections, their columns, counts and relations.',
  arguments: [{ name: 'collection', summary: 'One collection in full; default: a list of all.' }],
  options: [
    database,
    commit,
    textOrJson,
    json,
    { name: 'json-schema', summary: "Print the collection's rules as JSON Schema (2020-12)." },
  ],
  examples: ['espalier describe', 'espalier describe geo.countries', 'espalier describe units --json-schema'],
}
