// Options and arguments that several commands have.
import type { ArgumentSpec, OptionSpec } from '../command-spec.ts'

export const database: OptionSpec = {
  name: 'database',
  short: 'd',
  value: 'folder|url',
  completes: 'folders',
  summary: 'The database: a folder, a bundle file, or the URL of a git repository. Default: this folder.',
}

export const databaseArgument: ArgumentSpec = {
  name: 'database',
  completes: 'folders',
  summary: 'The same as --database.',
}

export const commit: OptionSpec = {
  name: 'commit',
  value: 'revision',
  summary: 'Read a branch, tag or commit of the git repository instead of the files in the folder.',
}

export const write: OptionSpec = {
  name: 'write',
  summary: 'Write the files; without it they are only listed.',
}

export const textOrJson: OptionSpec = {
  name: 'format',
  value: 'format',
  choices: ['text', 'json'],
  summary: 'How to print. Default: text.',
}

export const json: OptionSpec = {
  name: 'json',
  means: ['format', 'json'],
  summary: 'The same as --format json.',
}

export const collections: OptionSpec = {
  name: 'collection',
  value: 'id',
  repeat: true,
  summary: 'Only this collection; may be given several times.',
}

/** `usual`: as many when nothing is said. */
export const limit = (usual: string): OptionSpec => ({
  name: 'limit',
  short: 'n',
  value: 'number',
  summary: `At most so many, or all. Default: ${usual}.`,
})

/** A record, with or without a field of it. */
export const recordArguments = (withField: boolean): readonly ArgumentSpec[] => [
  {
    name: 'collection',
    required: true,
    summary: 'The id of the collection; or <collection>/<key>, and no key behind it.',
  },
  { name: 'key', summary: 'The key of the record.' },
  ...(withField
    ? [{ name: 'field', summary: 'Only changes of this field; address.city is a part of one.' }]
    : []),
]

/** Options that every command has. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'help', short: 'h', summary: 'Show help.' },
  { name: 'no-color', summary: 'Print without colours (as NO_COLOR does).' },
]
