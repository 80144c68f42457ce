import type { CommandSpec } from '../command-spec.ts'
import { json, textOrJson, write } from './shared.ts'

/** `espalier init` */
export const init: CommandSpec = {
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
}
