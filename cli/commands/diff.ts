import type { RecordDiff } from '../../src/protocol/diff.ts'
import { EspalierError } from '../../src/protocol/errors.ts'
import { openCommit, type SnapshotSource } from '../../worker/engine/commit-snapshot.ts'
import { diffRecords } from '../../worker/engine/versions/diff-records.ts'
import type { Sides } from '../../worker/engine/versions/diff-sides.ts'
import { createHistory } from '../../worker/git/history.ts'
import { mergeBases } from '../../worker/git/merge-base.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import { fieldLine } from '../report/commit-text.ts'
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
    const collections = args.values('collection')
    const known = [sides.from.schema.collections, sides.to.schema.collections]
    for (const id of collections)
      if (!known.some((schema) => schema.has(id)))
        throw new UsageError(`Neither side has a collection "${id}". See espalier describe.`)
    const records: RecordDiff[] = []
    for await (const batch of diffRecords(reader, sides, collections.length > 0 ? { collections } : {}))
      records.push(...batch.records)
    if (args.value('format') === 'json') {
      const to = isFolder ? null : sides.to.commit
      printJson({ database: source.name, from: sides.from.commit, to, records }, io)
    } else printText(records, print)
    return exitCodes.ok
  } finally {
    await source.close()
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
  const [base] = await mergeBases(history, before.commit, after.commit)
  if (base === undefined) {
    throw new EspalierError('git/no-merge-base', `${from} and ${to ?? 'HEAD'} have no commit in common.`, {
      data: { one: before.commit, other: after.commit },
    })
  }
  const start = await openCommit(commits, base)
  return { sides: { from: start, to: after, changes: undefined }, reader: commits, isFolder: false }
}

function printText(records: readonly RecordDiff[], print: Printer): void {
  const colors = { added: print.green, removed: print.red, modified: print.yellow, moved: print.yellow }
  for (const { collection, key, kind, fields, from, problems } of records) {
    const origin = from ? ` ${print.dim(print.plain(`from ${from.key}`))}` : ''
    print.line(`${colors[kind](kind)} ${print.plain(`${collection}/${key}`)}${origin}`)
    for (const field of fields) print.line(fieldLine(field, print))
    for (const { side, message } of problems ?? [])
      print.line(`  ${print.red(print.plain(`${side}: ${message}`))}`)
  }
  const count = (wanted: RecordDiff['kind']): number => records.filter(({ kind }) => kind === wanted).length
  const moved = count('moved')
  const counts = `${count('added')} added, ${count('removed')} removed, ${count('modified')} modified`
  print.line(moved === 0 ? counts : `${counts}, ${moved} moved`)
}
