import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { SchemaChange } from '../../src/protocol/schema-changes.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import type { CliIo, ExitCode } from '../io.ts'
import { UsageError } from '../io.ts'
import { finishPlan } from '../report/plan-report.ts'
import type { CommandContext } from '../command.ts'
import { nodePlugins, toolsOfSchemas } from '../source/node-plugins.ts'
import { openSource } from '../source/open-source.ts'

/** `espalier schema` */
export async function schema({ args, io, print }: CommandContext): Promise<ExitCode> {
  const [action = '', subject = ''] = [args.argument(0), args.argument(1)]
  const write = args.has('write')
  if (write && action === 'plan')
    throw new UsageError('plan writes nothing: use espalier schema apply --write.')
  const changes: readonly SchemaChange[] =
    action === 'split' ? [{ kind: 'split-collection', collection: subject }] : await readChanges(subject, io)
  const source = await openSource(args, io)
  try {
    if (write && source.folder === undefined)
      throw new UsageError('--write needs a folder: clone the repository first.')
    const { tree } = await source.current()
    const options = { plugins: nodePlugins }
    const planned = await toolsOfSchemas.plan(tree, await readDatabaseSchema(tree, options), changes, options)
    return await finishPlan(source, planned, { write, format: args.value('format') ?? 'text', io, print })
  } finally {
    await source.close()
  }
}

/** Exactly the kinds of {@link SchemaChange}: a missing or wrong one does not compile. */
const kinds: { readonly [Kind in SchemaChange['kind']]: readonly string[] } = {
  'create-collection': ['id'],
  'add-column': ['collection', 'name'],
  'drop-column': ['collection', 'name'],
  'rename-column': ['collection', 'name', 'to'],
  'alter-column': ['collection', 'name'],
  'copy-collection': ['collection', 'to'],
  'drop-collection': ['collection'],
  'rename-collection': ['collection', 'to', 'references'],
  'rename-record': ['collection', 'key', 'to', 'references'],
  'split-collection': ['collection'],
}
const objects: { readonly [Kind in SchemaChange['kind']]?: string } = {
  'create-collection': 'definition',
  'add-column': 'column',
  'alter-column': 'set',
}

async function readChanges(name: string, io: CliIo): Promise<readonly SchemaChange[]> {
  const text = name === '-' ? await io.readInput() : await readText(resolve(io.cwd, name), name)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    })
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((change, index) => checkedChange(change, `Change ${index + 1} of ${name}`))
}

function checkedChange(change: unknown, where: string): SchemaChange {
  if (!isObject(change)) throw new UsageError(`${where} is no object.`)
  const { kind } = change
  if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind)) {
    const known = Object.keys(kinds).join(', ')
    throw new UsageError(`${where} has the kind ${JSON.stringify(kind)}. Known are: ${known}.`)
  }
  const known = kind as SchemaChange['kind'] // one of the names above
  for (const field of kinds[known])
    if (typeof change[field] !== 'string')
      throw new UsageError(`${where} (${kind}) needs "${field}", a text.`)
  const { references } = change
  if (references !== undefined && references !== 'update' && references !== 'restrict')
    throw new UsageError(`${where} (${kind}): "references" is "update" or "restrict".`)
  const object = objects[known]
  if (object !== undefined && !isObject(change[object]))
    throw new UsageError(`${where} (${kind}) needs "${object}", an object.`)
  return change as SchemaChange // the planner reports what values of rules mean
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${name} cannot be read.`, { cause: error })
  }
}
