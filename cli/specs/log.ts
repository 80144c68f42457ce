import type { CommandSpec } from '../command-spec.ts'
import { database, textOrJson, json, limit } from './shared.ts'

/** `espalier log` */
export const log: CommandSpec = {
  name: 'log',
  summary: 'List commits, also those that changed one collection or one record only.',
  arguments: [{ name: 'from', summary: 'A branch, tag or commit. Default: HEAD.' }],
  options: [
    database,
    { name: 'collection', value: 'id', summary: 'Only commits that changed files of this collection.' },
    {
      name: 'record',
      value: 'collection/key',
      summary: 'Only commits that changed this record.',
    },
    { name: 'author', value: 'text', summary: 'Part of the name or e-mail address of the author.' },
    { name: 'text', value: 'text', summary: 'Part of the message.' },
    { name: 'since', value: 'time', summary: 'Not before: 2026-01-31, an ISO time, or "3 days ago".' },
    { name: 'until', value: 'time', summary: 'Not after this time.' },
    limit('50'),
    { name: 'graph', summary: 'Draw how commits follow each other; in JSON: the columns of the drawing.' },
    textOrJson,
    json,
  ],
  examples: [
    'espalier log --graph',
    'espalier log --record geo.countries/ie',
    'espalier log draft --collection units --since "2 weeks ago" --json',
  ],
}
