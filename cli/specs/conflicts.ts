import type { CommandSpec } from '../command-spec.ts'
import { database, json, textOrJson } from './shared.ts'

/** `espalier conflicts` */
export const conflicts: CommandSpec = {
  name: 'conflicts',
  summary: 'List what is in conflict by record and field, and decide it.',
  details: [
    'Of a merge, rebase, cherry-pick, revert or stash pop, whatever program began it. Exits with 1 while a file is in conflict, or, when none is any more, while what would be committed breaks rules.',
    'resolve takes a side for one record, one field, or everything; without --take it writes the files whose records are in no conflict. Files that were edited by hand since are refused.',
  ],
  arguments: [
    { name: 'action', choices: ['list', 'resolve'], summary: 'Default: list.' },
    { name: 'record', summary: 'resolve: <collection>/<key>, or the path of a file. Default: all.' },
    { name: 'field', summary: 'resolve: one field of it; address.city is a part of one.' },
  ],
  options: [
    { ...database, summary: 'The folder of the database. Default: this folder.' },
    {
      name: 'take',
      value: 'side',
      choices: ['ours', 'theirs', 'base', 'both', 'delete'],
      summary: 'resolve: what to take.',
    },
    { name: 'value', value: 'json', summary: 'resolve: another value to take.' },
    { name: 'force', summary: 'resolve: write over files that were edited since the merge.' },
    textOrJson,
    json,
  ],
  examples: [
    'espalier conflicts',
    'espalier conflicts resolve geo.countries/ie population --take theirs',
    'espalier conflicts resolve geo.countries/ie name --value \'"Éire"\'',
    'espalier conflicts resolve --take ours',
  ],
}
