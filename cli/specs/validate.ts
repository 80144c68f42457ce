import type { CommandSpec } from '../command-spec.ts'
import { database, databaseArgument, commit, json, collections } from './shared.ts'

/** `espalier validate` */
export const validate: CommandSpec = {
  name: 'validate',
  summary: 'Check definitions and records, and say exactly what is wrong.',
  details: [
    'With --from, only what can have become wrong since that revision is checked: up to --to, or up to the files in the folder.',
  ],
  arguments: [databaseArgument],
  options: [
    database,
    commit,
    { name: 'from', value: 'revision', summary: 'Check what changed since this revision.' },
    { name: 'to', value: 'revision', summary: 'Check this revision; with --from. Default: the folder.' },
    {
      name: 'only',
      value: 'part',
      choices: ['definitions', 'records'],
      summary: 'Only definitions, or only records.',
    },
    collections,
    {
      name: 'format',
      value: 'format',
      choices: ['text', 'json', 'github'],
      summary: 'How to print; github writes annotations of a pull request. Default: text.',
    },
    json,
  ],
  examples: [
    'espalier validate',
    'espalier validate --from main --to HEAD --format github',
    'espalier validate https://git.example.com/acme/reference-data.git --format json',
  ],
}
