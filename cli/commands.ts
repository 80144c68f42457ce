/** One option of a command. */
export interface OptionSpec {
  readonly name: string
  readonly short?: string
  /** What stands for the value in help; an option without one is a switch. */
  readonly value?: string
  /** The only permitted values. */
  readonly choices?: readonly string[]
  /** May be given several times. */
  readonly repeat?: boolean
  /** What a shell completes in its place. */
  readonly completes?: 'files' | 'folders'
  /** A switch that stands for another option with a value. */
  readonly means?: readonly [option: string, value: string]
  readonly summary: string
}

/** One argument of a command that is not an option. */
export interface ArgumentSpec {
  readonly name: string
  readonly required?: boolean
  readonly choices?: readonly string[]
  readonly completes?: 'files' | 'folders'
  readonly summary: string
}

/** One command: the source of its parsing, its help and its completion. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  readonly details?: readonly string[]
  readonly arguments: readonly ArgumentSpec[]
  readonly options: readonly OptionSpec[]
  readonly examples: readonly string[]
}

const database: OptionSpec = {
  name: 'database',
  short: 'd',
  value: 'folder|url',
  completes: 'folders',
  summary: 'The database: a folder, a bundle file, or the URL of a git repository. Default: this folder.',
}
const databaseArgument: ArgumentSpec = {
  name: 'database',
  completes: 'folders',
  summary: 'The same as --database.',
}
const commit: OptionSpec = {
  name: 'commit',
  value: 'revision',
  summary: 'Read a branch, tag or commit of the git repository instead of the files in the folder.',
}
const write: OptionSpec = { name: 'write', summary: 'Write the files; without it they are only listed.' }
const textOrJson: OptionSpec = {
  name: 'format',
  value: 'format',
  choices: ['text', 'json'],
  summary: 'How to print. Default: text.',
}
const json: OptionSpec = {
  name: 'json',
  means: ['format', 'json'],
  summary: 'The same as --format json.',
}
const collections: OptionSpec = {
  name: 'collection',
  value: 'id',
  repeat: true,
  summary: 'Only this collection; may be given several times.',
}

const limit = (usual: string): OptionSpec => ({
  name: 'limit',
  short: 'n',
  value: 'number',
  summary: `At most so many, or all. Default: ${usual}.`,
})
const recordArguments = (withField: boolean): readonly ArgumentSpec[] => [
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

/** Every command, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'Start a database in a folder, or propose definitions for the files that are there.',
    details: [
      'Writes .ingitdb/, and with --example a first collection. Existing files are never overwritten, and nothing is committed.',
    ],
    arguments: [{ name: 'folder', completes: 'folders', summary: 'Where; default: this folder.' }],
    options: [
      { name: 'example', summary: 'Add a small collection to start from.' },
      {
        name: 'infer',
        summary: 'Propose definitions for the JSON, YAML, CSV and Markdown files in the folder.',
      },
      { ...write, summary: 'With --infer: write the proposed files; without it they are only listed.' },
      textOrJson,
      json,
    ],
    examples: ['espalier init my-data --example', 'espalier init --infer', 'espalier init --infer --write'],
  },
  {
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
  },
  {
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
  },
  {
    name: 'describe',
    summary: 'Show collections, their columns, counts and relations.',
    arguments: [{ name: 'collection', summary: 'One collection in full; default: a list of all.' }],
    options: [
      database,
      commit,
      textOrJson,
      json,
      { name: 'json-schema', summary: "Print the collection's rules as JSON Schema (2020-12)." },
    ],
    examples: [
      'espalier describe',
      'espalier describe geo.countries',
      'espalier describe units --json-schema',
    ],
  },
  {
    name: 'schema',
    summary: 'Change definitions together with the records: add, alter, rename, copy, drop, split.',
    details: [
      'Changes are a JSON list as the API takes it: [{ "kind": "add-column", "collection": "units", "name": "since", "column": { "type": "date" } }].',
      'Nothing is written without --write, and nothing is ever committed.',
    ],
    arguments: [
      {
        name: 'action',
        required: true,
        choices: ['plan', 'apply', 'split'],
        summary: 'plan and apply take a file of changes, split takes a collection.',
      },
      {
        name: 'changes|collection',
        required: true,
        completes: 'files',
        summary: 'A JSON file (- reads standard input), or the collection to split into one file per record.',
      },
    ],
    options: [
      { ...database, summary: 'The folder of the database. Default: this folder.' },
      write,
      textOrJson,
      json,
    ],
    examples: [
      'espalier schema plan changes.json',
      'espalier schema apply changes.json --write',
      'espalier schema split commerce.products --write',
    ],
  },
  {
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
  },
  {
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
  },
  {
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
  },
  {
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
  },
  {
    name: 'merge',
    summary: 'Merge a branch, tag or commit into the branch that is checked out, record by record.',
    details: [
      'Both sides of a record are merged by field, and the merged records are checked. Without conflicts a merge commit is made by git, with its hooks. What conflicts is left to decide as git leaves it: git status shows the files, espalier conflicts the records, git merge --abort takes it all back.',
      'Refused while the index, or a file that the merge changes, has changes that are not committed.',
    ],
    arguments: [{ name: 'from', required: true, summary: 'A branch, tag or commit.' }],
    options: [
      database,
      { name: 'dry-run', summary: 'Only say what the merge would bring; nothing is written.' },
      {
        name: 'take',
        value: 'choice',
        repeat: true,
        summary:
          'What to take at conflicts: ours, theirs or base for all, or one place: "geo.countries/ie population=theirs". May be given several times.',
      },
      { name: 'message', short: 'm', value: 'text', summary: 'The message of the merge commit.' },
      { name: 'no-ff', summary: 'Make a merge commit even where the branch could move forward.' },
      { name: 'no-commit', summary: 'Stop before the commit, with the merge in the index.' },
      textOrJson,
      json,
    ],
    examples: [
      'espalier merge draft --dry-run',
      'espalier merge draft --take theirs',
      'espalier merge origin/main --take "geo.countries/ie population=ours"',
    ],
  },
  {
    name: 'conflicts',
    summary: 'List what is in conflict by record and field, and decide it.',
    details: [
      'Of a merge, rebase, cherry-pick, revert or stash pop, whatever program began it. Exits with 1 while a file is in conflict.',
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
  },
  {
    name: 'setup',
    summary:
      'Let git merge records field by field: writes .gitattributes and the configuration of this clone.',
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
  },
  {
    name: 'merge-driver',
    summary: 'Merge one file by its records. Git runs it; see setup.',
    details: [
      'Writes the merge to the file of ours and exits with 0. Where both sides changed a field differently it exits with 1, says which, and leaves marks as git does (our values where lines do not meet).',
      'Definitions are read from the work tree. Files that hold no records are merged by lines.',
    ],
    arguments: [
      { name: 'base', required: true, completes: 'files', summary: '%O: the common ancestor.' },
      { name: 'ours', required: true, completes: 'files', summary: '%A: our file, which is written.' },
      { name: 'theirs', required: true, completes: 'files', summary: '%B: their file.' },
      { name: 'path', required: true, summary: '%P: the path in the repository.' },
    ],
    options: [],
    examples: ['espalier merge-driver %O %A %B %P'],
  },
  {
    name: 'completion',
    summary: 'Print a completion script for a shell.',
    arguments: [{ name: 'shell', required: true, choices: ['bash', 'zsh', 'fish'], summary: 'Which shell.' }],
    options: [],
    examples: [
      'source <(espalier completion bash)',
      'espalier completion fish > ~/.config/fish/completions/espalier.fish',
    ],
  },
]
