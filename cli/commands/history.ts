import { EspalierError } from '../../src/protocol/errors.ts'
import type { RecordVersion } from '../../src/protocol/history.ts'
import { openCommit, type CommitSnapshot } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { listVersions } from '../../worker/engine/versions/history/record-history.ts'
import { exitCodes, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import { readRecordArguments } from '../record-argument.ts'
import { authorWidth, commitLine, fieldLine } from '../report/commit-text.ts'
import { printJson } from '../report/json-report.ts'
import type { CommandContext } from '../command.ts'
import { openSource } from '../source/open-source.ts'
import type { Commits } from '../source/version.ts'
import { readLimit } from './log-options.ts'

/** `espalier history` */
export async function history({ args, io, print }: CommandContext): Promise<ExitCode> {
  const limit = readLimit(args.value('limit'))
  const source = await openSource(args, io)
  try {
    const commits = await source.commits()
    const tip = await openCommit(commits, await commits.resolve(args.value('commit') ?? 'HEAD'))
    const { collection, key, field } = readRecordArguments(args, tip.schema)
    const versions = await listVersions(commits, tip, collection, key, {
      ...(limit !== undefined && { limit }),
      ...(field !== undefined && { fields: [field] }),
    })
    if (versions.length === 0 && !(await hasEverBeen(commits, tip, collection, key))) {
      throw new EspalierError('record/missing', `${collection} never had a record "${key}".`, {
        data: { collection, key },
      })
    }
    if (args.value('format') === 'json') {
      const place = { database: source.name, from: tip.commit, collection, key, field: field ?? null }
      printJson({ ...place, versions }, io)
    } else {
      const width = authorWidth(
        versions.map(({ commit }) => commit),
        print,
      )
      for (const version of versions) printVersion(version, width, print)
      if (versions.length === 0)
        print.line(`No commit has changed ${print.plain(`${field ?? ''} of ${collection}/${key}`)}.`)
    }
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

async function hasEverBeen(
  commits: Commits,
  tip: CommitSnapshot,
  collection: string,
  key: string,
): Promise<boolean> {
  return (await listVersions(commits, tip, collection, key, { limit: 1 })).length > 0
}

function printVersion({ commit, kind, fields, problem }: RecordVersion, width: number, print: Printer): void {
  const colors = { added: print.green, removed: print.red, modified: print.yellow }
  print.line(`${commitLine(commit, print, width)}  ${colors[kind](kind)}`)
  for (const field of fields) print.line(fieldLine(field, print))
  if (problem) print.line(`  ${print.red(print.plain(problem.message))}`)
}
