import { EspalierError } from '../../src/protocol/errors.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { MergeOptions } from '../../src/protocol/merge-calls.ts'
import type { Choice } from '../../src/protocol/merge.ts'
import type { Json } from '../../src/protocol/records.ts'
import { withDeclaredStrategies } from '../../worker/engine/versions/merging/declared-strategies.ts'
import { openNodeRepository } from '../../worker/git/node/node-repository.ts'
import type { Arguments } from '../arguments.ts'
import { endingOf, operationIn, type GitOperation } from '../git/operation.ts'
import { readUnmerged } from '../git/unmerged.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import {
  inspectFile,
  readSchemaAside,
  type ConflictedFile,
  type IndexConflict,
} from '../merge/conflicted-files.ts'
import { describeConflict } from '../merge/describe-conflict.ts'
import { concerns, decideFile, type Decide } from '../merge/decide-file.ts'
import { isInterrupted, releaseDeadLock } from '../merge/interrupted-merge.ts'
import { violationsInIndex } from '../merge/index-violations.ts'
import { mergePlace } from '../merge/merge-journal.ts'
import { optionsOfMerge } from '../merge/merge-mode.ts'
import { bytesOf, createContents, writeOutcomes, type FileOutcome } from '../merge/settle-files.ts'
import { isUntouched } from '../merge/untouched.ts'
import { printJson } from '../report/json-report.ts'
import { issueLine } from '../report/tell-issues.ts'
import type { CommandContext } from '../command.ts'
import { openSource } from '../source/open-source.ts'
import type { WorkTree } from '../source/work-tree.ts'
import { workTreeOf } from '../source/work-tree.ts'

/** `espalier conflicts` */
export async function conflicts(context: CommandContext): Promise<ExitCode> {
  const { args, io } = context
  const wanted = args.argument(0) === 'resolve' ? readDecision(args) : undefined
  if (wanted === undefined) {
    const extra = args.argument(1) ?? args.value('take') ?? args.value('value')
    if (extra !== undefined) throw new UsageError('To decide conflicts write espalier conflicts resolve …')
  }
  const source = await openSource(args, io)
  try {
    const tree = await workTreeOf(source, 'conflicts')
    const mergedIn = mergePlace(tree)
    releaseDeadLock(mergedIn)
    if (isInterrupted(mergedIn)) throw interrupted()
    const { objects, write, close } = await openNodeRepository(tree.top)
    try {
      const unmerged = readUnmerged(tree.top)
      const { tree: folder } = await source.current()
      const place = { objects, prefix: tree.prefix }
      const schema = await readSchemaAside(folder, unmerged, place)
      // Those declared as the merge driver read them: before the merge changed any file.
      const declared = async (): Promise<MergeOptions> =>
        withDeclaredStrategies({}, (await source.at('HEAD')).tree)
      const rules = { schema, options: optionsOfMerge(tree.gitDir) ?? (await declared()) }
      const files: ConflictedFile[] = []
      for (const file of unmerged) files.push(await inspectFile(file, { ...place, rules }))
      const violations = async (): Promise<readonly Issue[]> =>
        operationIn(tree.gitDir) === null || readUnmerged(tree.top).length > 0
          ? []
          : violationsInIndex(source, tree)
      if (wanted === undefined) return printConflicts(context, source.name, tree, files, await violations())

      refuseVagueValue(wanted, files)
      const contents = createContents()
      const outcomes: FileOutcome[] = []
      for (const file of files) {
        const outcome = await decideFile(file, { ...wanted, rules, contents, top: tree.top })
        if (!outcome) continue
        outcomes.push(outcome)
        const becoming = bytesOf(outcome, contents)
        if (!args.has('force') && !(await isUntouched(tree.top, file, rules, becoming)))
          throw editedByHand(file.path)
      }
      if (wanted.record !== undefined && outcomes.length === 0)
        throw noSuchConflict(wanted.record, wanted.field)
      const nobody = { name: 'espalier', email: 'espalier@localhost', timestamp: 0 }
      await write({ objects: [...contents.objects.values()], refs: [], committer: nobody, message: '' })
      writeOutcomes(mergedIn, outcomes)
      return printOutcomes(context, source.name, tree, outcomes, await violations())
    } finally {
      await close()
    }
  } finally {
    await source.close()
  }
}

function interrupted(): EspalierError {
  return new EspalierError(
    'merge/in-progress',
    'espalier merge was interrupted while it wrote its files. Run it again, or take it back with espalier merge --abort.',
  )
}

/** What `resolve` was asked to do. */
function readDecision(args: Arguments): Decide {
  const [record, field, take, value] = [
    args.argument(1),
    args.argument(2),
    args.value('take'),
    args.value('value'),
  ]
  if (take !== undefined && value !== undefined) throw new UsageError('Give --take or --value, not both.')
  const choice = value === undefined ? (take as Choice | undefined) : { value: readValue(value) } // one of the choices
  if (record !== undefined && choice === undefined)
    throw new UsageError(
      `Say what to take for ${record}: --take ours, theirs, base, both or delete, or --value.`,
    )
  if (record === undefined && value !== undefined)
    throw new UsageError('--value is for one record, or one field.')
  return { record, field, choice }
}

/** A value is for one place. */
function refuseVagueValue(decide: Decide, files: readonly ConflictedFile[]): void {
  if (typeof decide.choice !== 'object') return
  const meant = files.flatMap((file) => file.conflicts.filter((each) => concerns(each, file.path, decide)))
  if (meant.length < 2) return
  const places = meant.map(({ path }) => path.join('.')).join(', ')
  throw new UsageError(`--value is for one field. Name one of ${places}.`)
}

function readValue(text: string): Json {
  try {
    return JSON.parse(text) as Json // it gives nothing else
  } catch (error) {
    throw new UsageError(`--value takes JSON: '"a text"', 12, null, not ${text}.`, { cause: error })
  }
}

function printConflicts(
  { args, io, print }: CommandContext,
  database: string,
  { gitDir, prefix }: WorkTree,
  files: readonly ConflictedFile[],
  violations: readonly Issue[],
): ExitCode {
  const all = files.flatMap((file) => file.conflicts)
  const mergeable = files.filter((file) => file.conflicts.length === 0).map(({ path }) => path)
  const operation = operationIn(gitDir)
  if (args.value('format') === 'json')
    printJson({ database, operation, conflicts: all, mergeable, violations }, io)
  else {
    for (const conflict of all) print.line(print.plain(describeConflict(conflict, conflict.file)))
    for (const path of mergeable) print.line(`${print.plain(path)}: no record is in conflict`)
    if (files.length > 0) print.line(summaryOf(all, mergeable))
    else if (operation === null) print.line('Nothing is in conflict.')
    else print.line(nextStep(operation, violations, prefix, print))
  }
  return files.length + violations.length === 0 ? exitCodes.ok : exitCodes.issues
}

/** Tells of violations, and what is to be done. */
function nextStep(
  operation: GitOperation | null,
  violations: readonly Issue[],
  prefix: string,
  print: CommandContext['print'],
): string {
  for (const issue of violations) print.line(print.plain(issueLine(issue, prefix)))
  const ending = endingOf(operation)
  if (violations.length === 0) return `Nothing is in conflict. Go on with ${ending}.`
  return `Nothing is in conflict, but the records break rules. Correct them, git add, ${ending}.`
}

function summaryOf(all: readonly IndexConflict[], mergeable: readonly string[]): string {
  const open = `${all.length} ${all.length === 1 ? 'conflict' : 'conflicts'}`
  if (mergeable.length === 0) return `${open}. Decide with espalier conflicts resolve.`
  const files = mergeable.length === 1 ? 'file merges' : 'files merge'
  return `${open}; ${mergeable.length} ${files} by record: espalier conflicts resolve writes them.`
}

function printOutcomes(
  { args, io, print }: CommandContext,
  database: string,
  { top, gitDir, prefix }: WorkTree,
  outcomes: readonly FileOutcome[],
  violations: readonly Issue[],
): ExitCode {
  const left = readUnmerged(top).map(({ path }) => path)
  const settled = outcomes.flatMap(({ kind, path }) => (kind === 'settled' ? [path] : []))
  const operation = operationIn(gitDir)
  if (args.value('format') === 'json') printJson({ database, operation, settled, left, violations }, io)
  else {
    for (const path of settled) print.line(`${print.green('resolved')} ${print.plain(path)}`)
    if (left.length > 0)
      print.line(`${left.length} ${left.length === 1 ? 'file is' : 'files are'} in conflict still.`)
    else print.line(nextStep(operation, violations, prefix, print))
  }
  return violations.length === 0 ? exitCodes.ok : exitCodes.issues
}

function noSuchConflict(record: string, field: string | undefined): EspalierError {
  return new EspalierError(
    'merge/unknown-conflict',
    `Nothing is in conflict at ${[record, ...(field === undefined ? [] : [field])].join(' ')}. See espalier conflicts.`,
    { data: { record, ...(field !== undefined && { field }) } },
  )
}

function editedByHand(path: string): EspalierError {
  return new EspalierError(
    'merge/edited-file',
    `${path} was edited since the merge. Finish it by hand and git add it, or write over it with --force.`,
    { data: { file: path } },
  )
}
