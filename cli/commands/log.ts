import type { LogEntry, LogOptions } from '../../src/protocol/history.ts'
import type { DatabaseSchema } from '../../src/protocol/schema.ts'
import { openCommit } from '../../worker/engine/snapshots/commit-snapshot.ts'
import { searchLog } from '../../worker/engine/versions/history/search-log.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import type { Printer } from '../printer.ts'
import { splitRecordName, type RecordName } from '../record-argument.ts'
import { authorWidth, commitLine } from '../report/commit-text.ts'
import { createGraphDrawing } from '../report/draw-graph.ts'
import { printJson } from '../report/json-report.ts'
import type { CommandContext } from '../command.ts'
import { openSource } from '../source/open-source.ts'
import { readLimit, readTime } from './log-options.ts'

/** `espalier log` */
export async function log({ args, io, print }: CommandContext): Promise<ExitCode> {
  const options = readOptions({ args })
  const isJson = args.value('format') === 'json'
  const wantsGraph = args.has('graph')
  const record = args.value('record')
  const isFiltered = record !== undefined || Object.keys(options).some((name) => name !== 'limit')
  if (wantsGraph && isFiltered) throw new UsageError('--graph draws all commits. Leave the filters out.')
  const source = await openSource(args, io)
  try {
    const commits = await source.commits()
    const start = await openCommit(commits, await commits.resolve(args.argument(0) ?? 'HEAD'))
    // For people the names of branches and tags stand behind their commits.
    const entries = await searchLog(commits, start, {
      ...options,
      ...(record !== undefined && recordNamed(record, start.schema)),
      graph: wantsGraph || !isJson,
    })
    if (isJson) printJson({ database: source.name, from: start.commit, commits: entries }, io)
    else printText(entries, wantsGraph, print)
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

function readOptions({ args }: Pick<CommandContext, 'args'>): LogOptions {
  const author = args.value('author')
  const text = args.value('text')
  const since = args.value('since')
  const until = args.value('until')
  const record = args.value('record')
  const collection = args.value('collection')
  if (record !== undefined && collection !== undefined)
    throw new UsageError('Give --collection or --record, not both.')
  return {
    limit: readLimit(args.value('limit')) ?? 50,
    ...(author !== undefined && { author }),
    ...(text !== undefined && { text }),
    ...(since !== undefined && { since: readTime('since', since) }),
    ...(until !== undefined && { until: readTime('until', until) }),
    ...(collection !== undefined && { collection }),
  }
}

function recordNamed(name: string, schema: DatabaseSchema): RecordName {
  const record = splitRecordName(name, schema)
  if (record) return record
  throw new UsageError(`--record takes <collection>/<key>, and "${name}" begins with no collection.`)
}

function printText(entries: readonly LogEntry[], wantsGraph: boolean, print: Printer): void {
  const draw = createGraphDrawing()
  const width = authorWidth(entries, print)
  for (const entry of entries) {
    const refs = entry.graph?.refs ?? []
    const names = refs.length === 0 ? '' : ` ${print.green(`(${print.plain(refs.join(', '))})`)}`
    const drawn = wantsGraph && entry.graph ? draw(entry.graph) : undefined
    print.line(`${drawn ? `${drawn.commit} ` : ''}${commitLine(entry, print, width)}${names}`)
    if (drawn && drawn.below !== '') print.line(drawn.below)
  }
}
