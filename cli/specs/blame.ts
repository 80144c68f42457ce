import type { CommandSpec } from '../command-spec.ts'
import { commit, database, json, recordArguments, textOrJson } from './shared.ts'

/** `espalier blame` */
export const blame: CommandSpec = {
  name: 'blame',
  summary: 'Show for each field of a record the commit that gave it its value.',
  details: ['The record is that of the files in the folder; what is not committed says so.'],
  arguments: recordArguments(false),
  options: [
    database,
    { ...commit, summary: 'Look at the record of a branch, tag or commit instead.' },
    textOrJson,
    json,
  ],
  examples: ['espalier blame geo.countries ie', 'espalier blame geo.countries/ie --commit HEAD~3'],
}
