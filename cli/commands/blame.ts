import type { FieldOrigin } from '../../src/protocol/history.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordValue } from '../../src/protocol/records.ts'
import { openCommit, type CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { blameRecord } from '../../worker/engine/versions/history/record-history.ts'
import { createWorkingChanges } from '../../worker/engine/branches/working-changes.ts'
import { equalValues } from '../../worker/format/record-diff.ts'
import { normalKey } from '../../worker/format/record-layout.ts'
import { readDatabaseSchema } from '../../worker/format/schema/schema.ts'
import { createTreeValidationSource } from '../../worker/format/validation/tree-source.ts'
import { exitCodes, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import { readRecordArguments } from '../record-argument.ts'
import { formatTime, shortId, showValue } from '../report/commit-text.ts'
import { printJson } from '../report/json-report.ts'
import type { CommandContext } from '../command.ts'
import { nodeCodecs } from '../source/node-plugins.ts'
import { openSource } from '../source/open-source.ts'
import type { Source } from '../source/version.ts'

/** `espalier blame` */
export async function blame({ args, io, print }: CommandContext): Promise<ExitCode> {
  const revision = args.value('commit')
  const source = await openSource(args, io)
  try {
    const commits = await source.commits()
    const snapshot = await openCommit(commits, await commits.resolve(revision ?? 'HEAD'))
    const { collection, key: given } = readRecordArguments(args, snapshot.schema)
    const { definition, get } = await snapshot.collection(collection)
    const key = normalKey(definition, given)
    const committed = (await get(key)) ?? null
    const now = revision === undefined ? await valueNow(source, snapshot, collection, key) : undefined
    const changes = createWorkingChanges()
    if (now !== undefined && !equalValues(now ?? undefined, committed ?? undefined))
      changes.set(collection, key, { before: committed, after: now })
    const value = now === undefined ? committed : now
    if (value === null) {
      throw new EspalierError('record/missing', `${collection} has no record "${key}".`, {
        data: { collection, key },
      })
    }
    const fields = await blameRecord(commits, { snapshot, changes }, collection, key)
    if (args.value('format') === 'json')
      printJson({ database: source.name, from: snapshot.commit, collection, key, fields }, io)
    else printText(fields, value, print)
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

/** The record in the folder's files, null when it is not there; undefined for a source without files. */
async function valueNow(
  source: Source,
  snapshot: CommitSnapshot,
  id: string,
  key: string,
): Promise<RecordValue | null | undefined> {
  if (source.folder === undefined) return undefined
  const { tree } = await source.current()
  const schema = await readDatabaseSchema(tree, nodeCodecs)
  if (schema.collections.get(id)?.readable.ok !== true) return undefined
  const path = await (await snapshot.collection(id)).pathOf(key)
  const { records } = await createTreeValidationSource(tree, schema, nodeCodecs).records(id, new Set([path]))
  return new Map(records).get(key) ?? null
}

function printText(fields: readonly FieldOrigin[], value: RecordValue, print: Printer): void {
  const rows = fields.map(({ field, commit }) => ({
    id: commit ? shortId(commit.oid) : 'uncommitted',
    when: commit ? formatTime(commit.author) : '',
    who: print.plain(commit?.author.name ?? ''),
    what: print.plain(`${field}: ${showValue(value[field])}`),
  }))
  const widthOf = (part: 'id' | 'when' | 'who'): number => Math.max(...rows.map((row) => row[part].length))
  const [id, when, who] = [widthOf('id'), widthOf('when'), widthOf('who')]
  for (const row of rows) {
    const origin = `${row.when.padEnd(when)}  ${row.who.padEnd(who)}`
    print.line(`${print.yellow(row.id.padEnd(id))} ${print.dim(origin)}  ${row.what}`)
  }
}
