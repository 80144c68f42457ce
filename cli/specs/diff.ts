import type { CommandSpec } from '../command-spec.ts'
import { database, textOrJson, json, collections } from './shared.ts'

/** `espalier diff` */
export const diff: CommandSpec = {
  name: 'diff',
  summary: 'Show which records and fields differ between two revisions, or a revision and the folder.',
  arguments: [
    { name: 'from', summary: 'A branch, tag or commit; or a..b, or a...b. Default: HEAD.' },
    { name: 'to', summary: 'Another one. Default: the files in the folder.' },
  ],
  options: [database, collections, textOrJson, json],
  examples: [
    'espalier diff',
    'espalier diff main draft --collection geo.countries',
    'espalier diff v1 --format json',
  ],
}
