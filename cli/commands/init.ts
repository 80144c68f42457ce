import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { FileEdit } from '../../worker/format/file-edit.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import { printJson } from '../report/json-report.ts'
import { finishPlan } from '../report/plan-report.ts'
import type { CommandContext } from '../command.ts'
import { openFolderSource } from '../source/folder-source.ts'
import { createFolderTree } from '../source/folder-tree.ts'
import { nodePlugins, toolsOfSchemas } from '../source/node-plugins.ts'
import { writeEdits } from '../source/write-edits.ts'

const emptyDatabase: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': '# Collections of this database, one on each line: id: path\n{}\n',
}

const exampleDatabase: Readonly<Record<string, string>> = {
  '.ingitdb/root-collections.yaml': 'tasks: tasks\n',
  'tasks/.collection/definition.yaml': `titles:
    en: Tasks
record_file:
    name: '{key}.yaml'
    format: yaml
    type: map[string]any
columns:
    title:
        type: string
        required: true
        max_length: 200
    status:
        type: string
        required: true
        enum: [open, done]
    due:
        type: date
columns_order: [title, status, due]
`,
  'tasks/$records/first.yaml': 'title: Describe your own data\nstatus: open\n',
}

/** `espalier init` */
export async function init(context: CommandContext): Promise<ExitCode> {
  const { args, io, print } = context
  const name = args.argument(0) ?? '.'
  const folder = resolve(io.cwd, name)
  const format = args.value('format') ?? 'text'
  if (args.has('infer')) {
    if (args.has('example')) throw new UsageError('Choose one of --infer and --example.')
    const source = await openFolderSource(name, folder)
    try {
      const { tree } = await source.current()
      const choices = { write: args.has('write'), format, io, print }
      return await finishPlan(source, await toolsOfSchemas.infer(tree, { plugins: nodePlugins }), choices)
    } finally {
      await source.close()
    }
  }
  if (args.has('write'))
    throw new UsageError('--write belongs to --infer; without that, init writes at once.')
  await mkdir(folder, { recursive: true })
  return start(context, folder, args.has('example') ? exampleDatabase : emptyDatabase, format)
}

async function start(
  { io, print }: CommandContext,
  folder: string,
  files: Readonly<Record<string, string>>,
  format: string,
): Promise<ExitCode> {
  const tree = await createFolderTree(folder)
  const taken = (await tree.list('.ingitdb')) === undefined ? [] : ['.ingitdb']
  for (const path of Object.keys(files)) if (await tree.readFile(path)) taken.push(path)
  if (taken.length > 0) {
    print.error(
      `There is a database or a file of the same name already: ${taken.join(', ')}. Nothing was written.`,
    )
    return exitCodes.issues
  }
  const edits: FileEdit[] = Object.entries(files).map(([path, text]) => ({
    path,
    bytes: new TextEncoder().encode(text),
  }))
  await writeEdits(folder, edits)
  const written = Object.keys(files)
  if (format === 'json') {
    printJson({ folder, written }, io)
    return exitCodes.ok
  }
  for (const path of written) print.line(`  ${print.green('+')} ${path}`)
  print.line('\nNext: espalier validate, espalier types --out schema.ts, and commit the files with git.')
  return exitCodes.ok
}
