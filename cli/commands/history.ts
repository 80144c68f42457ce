import type { RecordVersion } from '../../src/protocol/history.ts'
import { openCommit } from '../../worker/engine/commit-snapshot.ts'
import { listVersions } from '../../worker/engine/versions/record-history.ts'
import { exitCodes, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import { readRecordArguments } from '../record-argument.ts'
import { commitLine, fieldLine } from '../report/commit-text.ts'
import { printJson } from '../report/json-report.ts'
import type { CommandContext } from '../command.ts'
import { openSource } from '../source/open-source.ts'
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
    if (args.value('format') === 'json') {
      const place = { database: source.name, from: tip.commit, collection, key, field: field ?? null }
      printJson({ ...place, versions }, io)
    } else {
      for (const version of versions) printVersion(version, print)
      if (versions.length === 0)
        print.line(`Nothing has changed ${print.plain(`${collection}/${key} ${field ?? ''}`).trimEnd()}.`)
    }
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

function printVersion({ commit, kind, fields, problem }: RecordVersion, print: Printer): void {
  const colors = { added: print.green, removed: print.red, modified: print.yellow }
  print.line(`${commitLine(commit, print)}  ${colors[kind](kind)}`)
  for (const field of fields) print.line(fieldLine(field, print))
  if (problem) print.line(`  ${print.red(print.plain(problem.message))}`)
}
