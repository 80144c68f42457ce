import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import { overlaySource } from '../../worker/engine/versions/overlay-source.ts'
import type { MergePlan } from '../../worker/engine/versions/merge-plan.ts'
import type { NodeRepository } from '../../worker/git/node-repository.ts'
import type { NewObject } from '../../worker/git/object.ts'
import type { Oid } from '../../worker/git/oid.ts'
import { hashObject } from '../../worker/git/sha1.ts'
import { editTrees } from '../../worker/git/tree-edit.ts'
import { findPath } from '../../worker/git/tree-walk.ts'
import { treeMode } from '../../worker/git/tree.ts'
import { lineOf, runGit, tryGit } from '../git/run-git.ts'
import { writeIndex, type IndexEntry, type Stages } from '../git/unmerged.ts'
import type { Commits } from '../source/version.ts'
import type { WorkTree } from '../source/work-tree.ts'
import type { NativeMerge } from './inspect-native-merge.ts'
import { markVariants } from './mark-file.ts'

/** A merge that is to be written, and where. */
export interface WrittenMerge {
  readonly tree: WorkTree
  readonly repository: NodeRepository
  readonly commits: Commits
  readonly merge: NativeMerge & { readonly plan: MergePlan }
  readonly theirs: Oid
  readonly message: string
  readonly noFastForward: boolean
}

/** A file that stays in conflict. */
interface OpenFile {
  /** From the top of the work tree. */
  readonly path: string
  readonly stages: Stages
}

/** A file of the database that stays in conflict. */
interface OpenRecordFile extends OpenFile {
  /** From the database's folder. */
  readonly inDatabase: string
  /** What people find in the work tree. */
  readonly bytes: Uint8Array
  readonly mode: number
}

/**
 * Writes a merge to the index and the work tree, as `git merge --no-commit` leaves it: `git commit` ends it, `git merge
 * --abort` takes it back. Answers the files in conflict. Of these the index has what merges merged in each version.
 * Throws `git/uncommitted-changes` when a file that is not committed would be lost; then nothing was written.
 */
export async function writeNativeMerge(written: WrittenMerge): Promise<readonly string[]> {
  const { tree, repository, theirs, message, noFastForward } = written
  const { top, gitDir, prefix } = tree
  const objects: NewObject[] = []
  const inside = await openFiles(written, objects)
  const merged = await markedRoot(written, inside, objects)
  const around = prefix === '' ? undefined : mergeAround(tree, theirs)
  const root = around ? await putFolder(written, around.tree, merged, objects) : merged
  const nobody = { name: 'espalier', email: 'espalier@localhost', timestamp: 0 }
  await repository.write({ objects, refs: [], committer: nobody, message: '' })
  const open: readonly OpenFile[] = [...inside, ...(around?.files ?? [])]

  // As in git: the files, then the index with all conflicts at once, then what says that this is a merge.
  const index = join(gitDir, `espalier-index-${process.pid}`)
  try {
    const { status, err } = tryGit(top, ['read-tree', '-m', '-u', `--index-output=${index}`, 'HEAD', root])
    if (status !== 0) throw inTheWay(err)
    writeIndex(
      top,
      open.map(({ path, stages }) => [path, stages]),
      index,
    )
    renameSync(index, lineOf(runGit(top, ['rev-parse', '--path-format=absolute', '--git-path', 'index'])))
  } finally {
    rmSync(index, { force: true })
  }
  const hint = open.length === 0 ? '' : `\n# Conflicts:\n${open.map(({ path }) => `#\t${path}\n`).join('')}`
  writeFileSync(join(gitDir, 'MERGE_MSG'), `${message.trimEnd()}\n${hint}`)
  writeFileSync(join(gitDir, 'MERGE_MODE'), noFastForward ? 'no-ff' : '')
  writeFileSync(join(gitDir, 'MERGE_HEAD'), `${theirs}\n`)
  runGit(top, ['update-ref', 'ORIG_HEAD', 'HEAD'])
  return open.map(({ path }) => path)
}

/** The merged tree of the database, with marks in the files that stay in conflict: git puts them in the work tree. */
async function markedRoot(
  { commits, merge: { plan } }: WrittenMerge,
  files: readonly OpenRecordFile[],
  objects: NewObject[],
): Promise<Oid> {
  objects.push(...plan.objects)
  const edits = files.map(({ inDatabase, bytes, mode }) => {
    const oid = hashObject('blob', bytes)
    objects.push({ oid, type: 'blob', bytes })
    return { path: inDatabase, oid, mode }
  })
  const { trees } = overlaySource(commits, plan.objects)
  const edited = await editTrees(trees, plan.root, edits, { allowTwins: true })
  objects.push(...edited.objects)
  return edited.root
}

function inTheWay(reason: string): EspalierError {
  return new EspalierError(
    'git/uncommitted-changes',
    `The merge would write over what is not committed. Commit it, or put it away with git stash.\n${reason}`,
  )
}

/** The files with open conflicts in the versions of the merge. */
async function openFiles(written: WrittenMerge, objects: NewObject[]): Promise<readonly OpenRecordFile[]> {
  const { merge, tree } = written
  if (merge.open.length === 0) return []
  const paths = [...new Set(merge.open.map(({ file }) => file))]
  const base = await versionsIn(written, await merge.variant('base'), paths, objects)
  const ours = await versionsIn(written, await merge.variant('ours'), paths, objects)
  const theirs = await versionsIn(written, await merge.variant('theirs'), paths, objects)
  return paths.map((path) => {
    const versions = { base: base.get(path), ours: ours.get(path), theirs: theirs.get(path) }
    const variants = {
      base: versions.base?.bytes ?? null,
      ours: versions.ours?.bytes ?? null,
      theirs: versions.theirs?.bytes ?? null,
    }
    return {
      path: tree.prefix + path,
      inDatabase: path,
      mode: (versions.ours ?? versions.theirs ?? versions.base)?.mode ?? treeMode.file,
      stages: {
        ...(versions.base && { base: versions.base.entry }),
        ...(versions.ours && { ours: versions.ours.entry }),
        ...(versions.theirs && { theirs: versions.theirs.entry }),
      },
      bytes: markVariants(tree.top, variants).bytes,
    }
  })
}

interface FileVersion {
  readonly entry: IndexEntry
  readonly mode: number
  readonly bytes: Uint8Array
}

async function versionsIn(
  { commits }: WrittenMerge,
  plan: MergePlan,
  paths: readonly string[],
  objects: NewObject[],
): Promise<ReadonlyMap<string, FileVersion>> {
  const versions = new Map<string, FileVersion>()
  const { trees } = overlaySource(commits, plan.objects)
  for (const path of paths) {
    const found = await findPath(trees, plan.root, path)
    if (!found) continue
    const { type, bytes } = await trees.read(found.oid)
    objects.push({ oid: found.oid, type, bytes })
    const entry = { mode: found.mode.toString(8).padStart(6, '0'), oid: found.oid }
    versions.set(path, { entry, mode: found.mode, bytes })
  }
  return versions
}

/** What git makes of the files around the database's folder. */
function mergeAround(
  { top, prefix }: WorkTree,
  theirs: Oid,
): { readonly tree: Oid; readonly files: readonly OpenFile[] } {
  const { status, out, err } = tryGit(top, [
    // What it makes of the database is not used: its driver need not run.
    '-c',
    'merge.espalier.driver=true',
    'merge-tree',
    '--write-tree',
    '--no-messages',
    '-z',
    'HEAD',
    theirs,
  ])
  if (status > 1) throw new Error(`git merge-tree failed: ${err}`)
  const [root = '', ...lines] = lineOf(out).split('\0')
  const files = new Map<string, { [Side in keyof Stages]: IndexEntry }>()
  for (const line of lines) {
    const [, mode, oid, stage, path] = /^(\d+) ([0-9a-f]{40}) ([123])\t(.*)$/s.exec(line) ?? []
    if (mode === undefined || path === undefined || path.startsWith(prefix)) continue
    const side = (['base', 'ours', 'theirs'] as const)[Number(stage) - 1] ?? 'base'
    files.set(path, { ...files.get(path), [side]: { mode, oid: oid as Oid } }) // checked by the pattern
  }
  return {
    tree: root as Oid, // git's answer
    files: Array.from(files, ([path, stages]) => ({ path, stages })),
  }
}

/** The whole tree with the merged database in its folder. */
async function putFolder(
  { repository, tree }: WrittenMerge,
  around: Oid,
  merged: Oid,
  objects: NewObject[],
): Promise<Oid> {
  const edit = { path: tree.prefix.slice(0, -1), oid: merged, mode: treeMode.tree }
  const edited = await editTrees(repository.objects, around, [edit])
  objects.push(...edited.objects)
  return edited.root
}
