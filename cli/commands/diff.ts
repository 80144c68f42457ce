import type { DiffOptions, DiffProblem, DiffStat, RecordDiff } from '../../src/protocol/diff.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { openCommit, type SnapshotSource } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { diffRecords, type DiffBatch } from '../../worker/engine/versions/diff/diff-records.ts'
import { diffSchemas } from '../../worker/engine/versions/diff/diff-schema.ts'
import type { Sides } from '../../worker/engine/versions/diff/diff-sides.ts'
import { countDiff } from '../../worker/engine/versions/diff/diff-stat.ts'
import { createHistory } from '../../worker/git/history/history.ts'
import { knownMergeBases } from '../../worker/git/history/known-merge-bases.ts'
import type { Arguments } from '../arguments.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import {
  printDiffProblems,
  printDiffStat,
  printRecordDiffs,
  printSchemaDiff,
  recordsSummary,
  schemaSummary,
} from '../report/diff-text.ts'
import { printJson } from '../report/json-report.ts'
import type { CommandContext } from '../command.ts'
import { openFolderCommit } from '../source/folder-commit.ts'
import { openSource } from '../source/open-source.ts'
import type { Commits, Source, Version } from '../source/version.ts'

/** `espalier diff` */
export async function diff({ args, io, print }: CommandContext): Promise<ExitCode> {
  const range = splitRange(args.argument(0), args.argument(1))
  const source = await openSource(args, io)
  try {
    const { sides, reader, isFolder } = await openSides(source, await source.commits(), range)
    const known = [sides.from.schema.collections, sides.to.schema.collections]
    for (const id of args.values('collection'))
      if (!known.some((schema) => schema.has(id)))
        throw new UsageError(`Neither side has a collection "${id}". See espalier describe.`)
    const options = diffOptions(args)
    const schema = options.keys || options.fields ? undefined : diffSchemas(sides, options.collections)
    const problems: DiffProblem[] = []
    const batches = withProblems(diffRecords(reader, sides, options), problems)
    const records: RecordDiff[] = []
    let stat: DiffStat | undefined
    if (args.has('stat')) stat = await countDiff(sides, batches, options)
    else for await (const batch of batches) records.push(...batch.records)
    if (args.value('format') === 'json') {
      const to = isFolder ? null : sides.to.commit
      const told = stat ? { stat, problems } : { records, problems }
      printJson(
        { database: source.name, from: sides.from.commit, to, ...(schema && { schema }), ...told },
        io,
      )
      return exitCodes.ok
    }
    if (schema) printSchemaDiff(schema, print)
    if (stat) printDiffStat(stat, print)
    else printRecordDiffs(records, print)
    printDiffProblems(problems, print)
    const summary = [
      ...(stat ? [] : [recordsSummary(records)]),
      (schema && schemaSummary(schema)) ?? [],
    ].flat()
    if (summary.length > 0) print.line(summary.join('; '))
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

/** What the options ask for, as the engine takes it. Throws {@link UsageError}. */
function diffOptions(args: Arguments): DiffOptions {
  if (args.has('stat') && args.has('patch'))
    throw new UsageError('--stat tells numbers and --patch tells steps. Give one of them.')
  const given = (option: string): readonly string[] | undefined => {
    const values = args.values(option)
    return values.length > 0 ? values : undefined
  }
  const [collections, keys, fields] = [given('collection'), given('key'), given('field')]
  return {
    ...(collections && { collections }),
    ...(keys && { keys }),
    ...(fields && { fields }),
    patch: args.has('patch'),
  }
}

/** Gathers what cannot be read of whole files; what cannot be read of a record stands in its difference. */
async function* withProblems(
  batches: AsyncIterable<DiffBatch>,
  problems: DiffProblem[],
): AsyncGenerator<DiffBatch> {
  for await (const batch of batches) {
    if (batch.records.length === 0) problems.push(...batch.problems)
    yield batch
  }
}

interface Range {
  readonly from: string
  /** Undefined: the files in the folder. */
  readonly to: string | undefined
  /** Begin where both have come from. */
  readonly fromBase: boolean
}

/** `a..b` and `a...b`, as git has them, or two revisions. */
function splitRange(first: string | undefined, second: string | undefined): Range {
  const [, one = '', dots, other = ''] = /^(.*?)(\.\.\.?)(.*)$/.exec(first ?? '') ?? []
  if (dots === undefined) return { from: first ?? 'HEAD', to: second, fromBase: false }
  if (second !== undefined) throw new UsageError(`"${first}" names both sides. Leave "${second}" out.`)
  return { from: one || 'HEAD', to: other || 'HEAD', fromBase: dots === '...' }
}

async function openSides(
  source: Source,
  commits: Commits,
  { from, to, fromBase }: Range,
): Promise<{ readonly sides: Sides; readonly reader: SnapshotSource; readonly isFolder: boolean }> {
  const before = await openCommit(commits, await commits.resolve(from))
  const folder = to === undefined ? await source.current() : undefined
  if (folder && source.folder !== undefined) {
    const base = (): Promise<Version> => source.at(before.commit)
    const opened = await openFolderCommit(commits, before, { path: source.folder, files: folder, base })
    return {
      sides: { from: before, to: opened.snapshot, changes: undefined },
      reader: opened.source,
      isFolder: true,
    }
  }
  // A bare repository and a remote have no files: their newest commit is compared.
  const after = await openCommit(commits, await commits.resolve(to ?? folder?.commit ?? 'HEAD'))
  if (!fromBase)
    return { sides: { from: before, to: after, changes: undefined }, reader: commits, isFolder: false }
  const history = createHistory(commits.objects, commits.refs.shallow)
  const [base] = await knownMergeBases(history, commits.refs.shallow, before.commit, after.commit)
  if (base === undefined) {
    throw new EspalierError('git/no-merge-base', `${from} and ${to ?? 'HEAD'} have no commit in common.`, {
      data: { one: before.commit, other: after.commit },
    })
  }
  const start = await openCommit(commits, base)
  return { sides: { from: start, to: after, changes: undefined }, reader: commits, isFolder: false }
}
