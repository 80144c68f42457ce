import type { RecordDiff } from '../../src/protocol/diff.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { equalValues } from '../../worker/format/record-diff.ts'
import { readDatabaseSchema } from '../../worker/format/schema.ts'
import { createTreeValidationSource } from '../../worker/format/validation/tree-source.ts'
import type { ValidationSource } from '../../worker/format/validation/validation-source.ts'
import { diffFields } from '../../worker/merge/field-diffs.ts'
import { exitCodes, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import { fieldLine } from '../report/commit-text.ts'
import { printJson } from '../report/json-report.ts'
import type { CommandContext } from '../run.ts'
import { nodePlugins } from '../source/node-plugins.ts'
import { openSource } from '../source/open-source.ts'
import type { Version } from '../source/version.ts'
import { versionOf } from './validate.ts'

/** `espalier diff` */
export async function diff({ args, io, print }: CommandContext): Promise<ExitCode> {
  const source = await openSource(args, io)
  try {
    const from = args.argument(0) ?? 'HEAD'
    const to = args.argument(1)
    const before = await source.at(from)
    const after = await versionOf(source, to)
    const wanted = args.values('collection')
    const records = await diffVersions(before, after, wanted)
    if (args.value('format') === 'json') {
      printJson({ database: source.name, from: before.commit ?? null, to: after.commit ?? null, records }, io)
    } else printText(records, print)
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

/** The records that differ, by collection and key. Files that are equal are not read. */
async function diffVersions(
  before: Version,
  after: Version,
  wanted: readonly string[],
): Promise<readonly RecordDiff[]> {
  const changed = await after.changedSince(before)
  const [old, now] = [await sourceOf(before), await sourceOf(after)]
  const ids = new Set([...old.schema.collections.keys(), ...now.schema.collections.keys()])
  const found: RecordDiff[] = []
  for (const collection of [...ids].sort()) {
    if (wanted.length > 0 && !wanted.includes(collection)) continue
    const [olds, news] = [
      await recordsIn(old, collection, changed),
      await recordsIn(now, collection, changed),
    ]
    for (const key of [...new Set([...olds.keys(), ...news.keys()])].sort()) {
      const one = describe(collection, key, olds.get(key), news.get(key))
      if (one) found.push(one)
    }
  }
  return found
}

async function sourceOf({ tree }: Version): Promise<ValidationSource> {
  const schema = await readDatabaseSchema(tree, { plugins: nodePlugins })
  return createTreeValidationSource(tree, schema, { plugins: nodePlugins })
}

async function recordsIn(
  source: ValidationSource,
  id: string,
  files: ReadonlySet<string>,
): Promise<ReadonlyMap<string, RecordValue>> {
  if (source.schema.collections.get(id)?.readable.ok !== true) return new Map()
  return new Map((await source.records(id, files)).records)
}

function describe(
  collection: string,
  key: string,
  before: RecordValue | undefined,
  after: RecordValue | undefined,
): RecordDiff | undefined {
  if (!before) return after && { collection, key, kind: 'added', after, fields: [] }
  if (!after) return { collection, key, kind: 'removed', before, fields: [] }
  if (equalValues(before, after)) return undefined
  return { collection, key, kind: 'modified', before, after, fields: diffFields(before, after) }
}

function printText(records: readonly RecordDiff[], print: Printer): void {
  const colors = { added: print.green, removed: print.red, modified: print.yellow, moved: print.yellow }
  for (const { collection, key, kind, fields } of records) {
    print.line(`${colors[kind](kind)} ${print.plain(`${collection}/${key}`)}`)
    for (const field of fields) print.line(fieldLine(field, print))
  }
  const count = (wanted: RecordDiff['kind']): number => records.filter(({ kind }) => kind === wanted).length
  print.line(`${count('added')} added, ${count('removed')} removed, ${count('modified')} modified`)
}
