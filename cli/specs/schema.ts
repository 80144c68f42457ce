import type { CommandSpec } from '../command-spec.ts'
import { database, json, textOrJson, write } from './shared.ts'

/** `espalier schema` */
export const schema: CommandSpec = {
  name: 'schema',
  summary: 'Change definitions together with the records: add, alter, rename, copy, drop, split.',
  details: [
    'Changes are a JSON list as the API takes it: [{ "kind": "add-column", "collection": "units", "name": "since", "column": { "type": "date" } }].',
    'Nothing is written without --write, and nothing is ever committed.',
  ],
  arguments: [
    {
      name: 'action',
      required: true,
      choices: ['plan', 'apply', 'split'],
      summary: 'plan and apply take a file of changes, split takes a collection.',
    },
    {
      name: 'changes|collection',
      required: true,
      completes: 'files',
      summary: 'A JSON file (- reads standard input), or the collection to split into one file per record.',
    },
  ],
  options: [
    { ...database, summary: 'The folder of the database. Default: this folder.' },
    write,
    textOrJson,
    json,
  ],
  examples: [
    'espalier schema plan changes.json',
    'espalier schema apply changes.json --write',
    'espalier schema split commerce.products --write',
  ],
}
