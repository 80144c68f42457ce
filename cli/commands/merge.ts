import { EspalierError } from '../../src/protocol/errors.ts'
import type { Issue } from '../../src/protocol/issues.ts'
import type { MergeConflict, MergeInfo } from '../../src/protocol/merge-calls.ts'
import { defaultMergeMessage } from '../../worker/engine/versions/merging/merge-message.ts'
import { openNodeRepository } from '../../worker/git/node/node-repository.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { operationIn } from '../git/operation.ts'
import { GitError, lineOf, runGit, tryGit } from '../git/run-git.ts'
import { exitCodes, UsageError, type ExitCode } from '../io.ts'
import { conflictPlace, describeConflict } from '../merge/describe-conflict.ts'
import { inspectNativeMerge, readTakes } from '../merge/inspect-native-merge.ts'
import { endInterrupted, isInterrupted } from '../merge/interrupted-merge.ts'
import { mergePlace } from '../merge/merge-journal.ts'
import { readModes, readStrategyOptions } from '../merge/merge-mode.ts'
import { writeNativeMerge } from '../merge/write-native-merge.ts'
import { shortId } from '../report/commit-text.ts'
import { printJson } from '../report/json-report.ts'
import { issueLine, tellIssues } from '../report/tell-issues.ts'
import type { CommandContext } from '../command.ts'
import { openSource } from '../source/open-source.ts'
import { workTreeOf, type WorkTree } from '../source/work-tree.ts'

/** What became of the merge. */
type MergeStatus =
  | 'up-to-date'
  | 'fast-forwarded'
  | 'merged'
  /** In the index, and not committed: as asked for, or because a hook of git refused it. */
  | 'staged'
  /** In the index and the work tree, to be decided. */
  | 'conflicts'
  /** In the index: what is merged breaks rules. */
  | 'violations'
  /** Nothing was written. */
  | 'preview'

/** `espalier merge` */
export async function merge(context: CommandContext): Promise<ExitCode> {
  const { args, io } = context
  const from = args.argument(0)
  if (args.has('abort')) {
    if (from !== undefined)
      throw new UsageError('--abort takes back the merge that has begun. Name no other.')
    return abort(context)
  }
  if (from === undefined) throw new UsageError('Name the branch, tag or commit to merge.')
  const asked = {
    takes: readTakes(args.values('take')),
    modes: readModes(args.values('mode')),
    strategies: readStrategyOptions(args.values('strategy')),
    allowUnrelated: args.has('allow-unrelated-histories'),
  }
  const isPreview = args.has('dry-run')
  const source = await openSource(args, io)
  try {
    const tree = await workTreeOf(source, 'merge')
    if (!isPreview) await makeReady(tree, context)
    const commits = await source.commits()
    const [ours, theirs] = [await commits.resolve('HEAD'), await commits.resolve(from)]
    const inspected = await inspectNativeMerge(commits, { from, ours, theirs }, asked)
    const { info, plan, open } = inspected
    const report = (status: MergeStatus, commit: string | null = null, said = ''): ExitCode =>
      printMerge(context, { database: source.name, prefix: tree.prefix, status, commit, info, open, said })

    if (info.status === 'unrelated') {
      throw new EspalierError(
        'git/no-merge-base',
        `HEAD and ${from} have no commit in common. Merge them with --allow-unrelated-histories.`,
        { data: { one: ours, other: theirs } },
      )
    }
    if (isPreview) return report(plan ? 'preview' : 'up-to-date')
    if (!plan) return report('up-to-date')
    const noFastForward = args.has('no-ff')
    if (info.status === 'fast-forward' && !noFastForward && !args.has('no-commit')) {
      const { status, err } = tryGit(tree.top, ['merge', '--ff-only', '-q', theirs])
      if (status !== 0) throw uncommitted(err)
      return report('fast-forwarded', theirs)
    }
    refuseClashes(open)
    const head = lineOf(tryGit(tree.top, ['symbolic-ref', '-q', '--short', 'HEAD']).out)
    const message =
      args.value('message') ?? defaultMergeMessage(commits, { name: head || 'HEAD' }, { from, theirs })
    const repository = await openNodeRepository(tree.top)
    try {
      const files = await writeNativeMerge({
        tree,
        repository,
        commits,
        merge: { ...inspected, plan },
        theirs,
        message,
        noFastForward,
      })
      if (files.length > 0) return report('conflicts')
    } finally {
      await repository.close()
    }
    if (info.violations.some(({ severity }) => severity === 'error')) return report('violations')
    if (args.has('no-commit')) return report('staged')
    const { status, err } = tryGit(tree.top, ['commit', '-q', '--no-edit'])
    if (status !== 0) return report('staged', null, err)
    return report('merged', lineOf(runGit(tree.top, ['rev-parse', 'HEAD'])) as Oid)
  } finally {
    await source.close()
  }
}

/** Takes back what was interrupted. Throws `merge/in-progress`, `git/uncommitted-changes`. */
async function makeReady(tree: WorkTree, { io }: CommandContext): Promise<void> {
  const { top, gitDir } = tree
  const place = mergePlace(tree)
  if (isInterrupted(place)) {
    await endInterrupted(place)
    if (operationIn(gitDir) === null) io.err('A merge that had been interrupted was taken back.\n')
  }
  const operation = operationIn(gitDir)
  if (operation !== null) {
    throw new EspalierError(
      'merge/in-progress',
      `A ${operation} has begun. End it, or git ${operation} --abort.`,
      {
        data: { operation },
      },
    )
  }
  // It says who would be the author, before anything is written.
  runGit(top, ['var', 'GIT_COMMITTER_IDENT'])
  const { status, err } = tryGit(top, ['diff-index', '--cached', '--quiet', 'HEAD', '--'])
  if (status > 1) throw new GitError(`git diff-index failed: ${err}`)
  if (status === 1) throw uncommitted('The index has changes.')
}

/** `espalier merge --abort`: also of a merge that git began. Throws `merge/not-started`, `GitError`. */
async function abort({ args, io, print }: CommandContext): Promise<ExitCode> {
  const source = await openSource(args, io)
  try {
    const tree = await workTreeOf(source, 'merge')
    const place = mergePlace(tree)
    const wasInterrupted = isInterrupted(place)
    if (wasInterrupted) await endInterrupted(place)
    const operation = operationIn(tree.gitDir)
    if (operation === 'merge') runGit(tree.top, ['merge', '--abort'])
    else if (!wasInterrupted) {
      const other = operation === null ? '' : ` A ${operation} has: git ${operation} --abort.`
      throw new EspalierError('merge/not-started', `No merge has begun.${other}`)
    }
    if (args.value('format') === 'json') printJson({ database: source.name, status: 'aborted' }, io)
    else print.line('The merge was taken back.')
    return exitCodes.ok
  } finally {
    await source.close()
  }
}

function uncommitted(reason: string): EspalierError {
  return new EspalierError(
    'git/uncommitted-changes',
    `The merge needs what is not committed to be committed first, or put away with git stash.\n${reason}`,
  )
}

/** Two names, of files or of a record, are no versions of one file: the index cannot hold such a conflict. */
function refuseClashes(open: readonly MergeConflict[]): void {
  const moved = open.find(({ kind }) => kind === 'move')
  if (moved) {
    const { file } = moved
    const place = conflictPlace(moved, file)
    const [ours, theirs] = [moved.ours, moved.theirs].map((to) =>
      to === undefined ? 'deleted' : `now ${JSON.stringify(to)}`,
    )
    throw new EspalierError(
      'merge/bad-choice',
      `${place} is ${ours} here and ${theirs} there. Say which one to take: --take "${place}=theirs", "=ours" or "=both".`,
      { data: { file } },
    )
  }
  const gone = open.find(({ kind, collection }) => kind === 'schema' && collection !== undefined)
  if (gone) {
    const { collection = '', file, ours } = gone
    const [deleter, other] =
      ours === undefined ? ['deleted here', 'changed there'] : ['deleted there', 'changed here']
    throw new EspalierError(
      'merge/bad-choice',
      `The collection ${collection} was ${deleter} and ${other}. Say which one to take: --take "${collection}=theirs" or "=ours".`,
      { data: { file } },
    )
  }
  const clash = open.find(({ kind, file, theirs }) => kind === 'file' && theirs === file)
  if (!clash) return
  const { file, ours } = clash
  throw new EspalierError(
    'merge/bad-choice',
    `${file} cannot stand beside ${String(ours)}. Say which one to take: --take "${file}=theirs" or "${file}=ours".`,
    { data: { file } },
  )
}

interface MergeReport {
  readonly database: string
  readonly prefix: string
  readonly status: MergeStatus
  readonly commit: string | null
  readonly info: MergeInfo
  readonly open: readonly MergeConflict[]
  /** What git said about it. */
  readonly said: string
}

function printMerge({ args, io, print }: CommandContext, report: MergeReport): ExitCode {
  const { database, prefix, status, commit, info, open, said } = report
  const { violations, stat } = info
  const located = <T extends { readonly file: string }>(each: T): T => ({ ...each, file: prefix + each.file })
  const conflicts = info.conflicts.map(located)
  if (args.value('format') === 'json') {
    const { from, ours, theirs, bases } = info
    printJson({ database, status, from, ours, theirs, bases, commit, stat, conflicts, violations }, io)
  } else {
    for (const conflict of open)
      print.line(`CONFLICT ${print.plain(describeConflict(conflict, prefix + conflict.file))}`)
    const [dropped, wrong] = [true, false].map((isDropped) =>
      violations.filter(({ code }) => (code === 'format/comment-dropped') === isDropped),
    )
    for (const issue of wrong ?? []) print.line(print.plain(issueLine(issue, prefix)))
    tellIssues(dropped ?? [], prefix, { io, print })
    if (said !== '') print.error(said)
    print.line(sentenceOf(report))
  }
  const isRight = status === 'preview' ? open.length === 0 && !violations.some(isError) : fine.has(status)
  return isRight && said === '' ? exitCodes.ok : exitCodes.issues
}

const fine: ReadonlySet<MergeStatus> = new Set(['up-to-date', 'fast-forwarded', 'merged', 'staged'])

function isError({ severity }: Issue): boolean {
  return severity === 'error'
}

function sentenceOf({ status, commit, info, open }: MergeReport): string {
  const { added, modified, deleted, files } = info.stat
  const counts = `${added} added, ${modified} modified, ${deleted} deleted; ${files} ${files === 1 ? 'file' : 'files'}`
  const abort = 'or take it back: git merge --abort'
  switch (status) {
    case 'up-to-date':
      return 'Already up to date.'
    case 'fast-forwarded':
      return `Moved forward to ${shortId(commit ?? '')}: ${counts}.`
    case 'merged':
      return `Merged as ${shortId(commit ?? '')}: ${counts}.`
    case 'staged':
      return `Merged, not committed: ${counts}. End it with git commit, ${abort}.`
    case 'violations':
      return `Merged, not committed: the records break rules. Correct them, git add, git commit, ${abort}.`
    case 'conflicts':
      return `${open.length} in conflict: espalier conflicts resolve, then git commit, ${abort}.`
    case 'preview':
      return `Would bring ${counts}; ${open.length} in conflict. Nothing was written.`
  }
}
