import type { CommandSpec } from '../command-spec.ts'
import { database, databaseArgument } from './shared.ts'

/** `espalier setup` */
export const setup: CommandSpec = {
  name: 'setup',
  summary: 'Let git merge records field by field: writes .gitattributes and the configuration of this clone.',
  details: ['Commit .gitattributes; the configuration is of each clone and is never part of a repository.'],
  arguments: [databaseArgument],
  options: [
    { ...database, summary: 'The folder of the database. Default: this folder.' },
    {
      name: 'driver',
      value: 'command',
      summary: 'How git runs the merge driver. Default: npx espalier merge-driver.',
    },
  ],
  examples: ['espalier setup', 'espalier setup --driver "node_modules/.bin/espalier merge-driver"'],
}
