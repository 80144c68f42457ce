import type { CommandSpec } from '../command-spec.ts'

/** `espalier merge-driver` */
export const mergeDriver: CommandSpec = {
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
}
