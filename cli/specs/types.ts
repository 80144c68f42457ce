import type { CommandSpec } from '../command-spec.ts'
import { database, databaseArgument, commit } from './shared.ts'

/** `espalier types` */
export const types: CommandSpec = {
  name: 'types',
  summary: 'Write the TypeScript types of a database, for open<Schema>(url).',
  arguments: [databaseArgument],
  options: [
    database,
    commit,
    {
      name: 'out',
      short: 'o',
      value: 'file',
      completes: 'files',
      summary: 'The file to write (.ts or .d.ts); default: print.',
    },
    { name: 'check', summary: 'Write nothing; exit with 1 when the file of --out is not up to date.' },
  ],
  examples: ['espalier types --out src/schema.ts', 'espalier types --check --out src/schema.ts'],
}
