import type { CommandSpec } from '../command-spec.ts'
import { commit, database, json, limit, recordArguments, textOrJson } from './shared.ts'

/** `espalier history` */
export const history: CommandSpec = {
  name: 'history',
  summary: 'Show every change of one record, or of one of its fields: commit, before and after.',
  arguments: recordArguments(true),
  options: [
    database,
    { ...commit, summary: 'Where to begin. Default: HEAD.' },
    limit('100'),
    textOrJson,
    json,
  ],
  examples: [
    'espalier history geo.countries ie',
    'espalier history geo.countries/ie population',
    'espalier history units foot --commit v1 --json',
  ],
}
