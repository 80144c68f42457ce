import type { CommandSpec } from '../command-spec.ts'
import { database, textOrJson, json } from './shared.ts'

/** `espalier merge` */
export const merge: CommandSpec = {
  name: 'merge',
  summary: 'Merge a branch, tag or commit into the branch that is checked out, record by record.',
  details: [
    'Both sides of a record are merged by field, and the merged records are checked. Without conflicts a merge commit is made by git, with its hooks. What conflicts is left to decide as git leaves it: git status shows the files, espalier conflicts the records, espalier merge --abort (or git merge --abort) takes it all back.',
    'Refused while the index, or a file that the merge changes, has changes that are not committed.',
  ],
  arguments: [{ name: 'from', summary: 'A branch, tag or commit.' }],
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
    {
      name: 'mode',
      value: 'mode',
      repeat: true,
      summary:
        'How much of a record both sides may change: field (default), record or file; of all collections, or of one: "units=record". May be given several times.',
    },
    {
      name: 'strategy',
      value: 'field=strategy',
      repeat: true,
      summary:
        'How a field is merged that both sides changed: "units.tags=set", and in its place atomic, ordered-set, list, text, counter, max, min, soft-delete, key:<field> or newest:<field>. May be given several times; goes before .ingitdb/espalier.yaml.',
    },
    { name: 'message', short: 'm', value: 'text', summary: 'The message of the merge commit.' },
    {
      name: 'allow-unrelated-histories',
      summary: 'Merge what has no commit in common, as if both had begun with nothing.',
    },
    { name: 'no-ff', summary: 'Make a merge commit even where the branch could move forward.' },
    { name: 'no-commit', summary: 'Stop before the commit, with the merge in the index.' },
    { name: 'abort', summary: 'Take back the merge that has begun, or was interrupted.' },
    textOrJson,
    json,
  ],
  examples: [
    'espalier merge draft --dry-run',
    'espalier merge draft --take theirs',
    'espalier merge origin/main --take "geo.countries/ie population=ours"',
    'espalier merge draft --strategy units.tags=set --strategy units.seen=counter',
    'espalier merge draft --mode record --mode units=field',
  ],
}
