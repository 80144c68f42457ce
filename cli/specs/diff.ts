import type { CommandSpec } from '../command-spec.ts'
import { database, textOrJson, json, collections } from './shared.ts'

/** `espalier diff` */
export const diff: CommandSpec = {
  name: 'diff',
  summary:
    'Show which records, fields and definitions differ between two revisions, or a revision and the folder.',
  arguments: [
    { name: 'from', summary: 'A branch, tag or commit; or a..b, or a...b. Default: HEAD.' },
    { name: 'to', summary: 'Another one. Default: the files in the folder.' },
  ],
  options: [
    database,
    collections,
    {
      name: 'key',
      value: 'key',
      repeat: true,
      summary: 'Only records with this key, before or after; may be given several times.',
    },
    {
      name: 'field',
      value: 'field',
      repeat: true,
      summary: 'Only changes of this field; address.city is a part of one. May be given several times.',
    },
    { name: 'stat', summary: 'Only numbers: of rows (records) and cells (fields) in each collection.' },
    { name: 'patch', summary: 'Add the steps of each modified record as JSON Patch (RFC 6902) has them.' },
    textOrJson,
    json,
  ],
  examples: [
    'espalier diff',
    'espalier diff main draft --collection geo.countries',
    'espalier diff main draft --stat',
    'espalier diff --key ie --field population',
    'espalier diff v1 --patch --format json',
  ],
}
