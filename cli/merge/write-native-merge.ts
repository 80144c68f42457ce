import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import { overlaySource } from '../../worker/engine/versions/overlay-source.ts'
import type { MergePlan } from '../../worker/engine/versions/merge-plan.ts'
import type { NodeRepository } from '../../worker/git/node-repository.ts'
import type { NewObject } from '../../worker/git/object.ts'
import type { Oid } from '../../worker/git/oid.ts'
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
  readonly path: string
  readonly stages: Stages
  /** What people find in the work tree; undefined: git has put it there. */
  readonly bytes: Uint8Array | undefined
}

/**
 * Writes a merge to the index and the work tree, as `git merge --no-commit` leaves it: `git commit` ends it, `git merge
 * --abort` takes it back. Answers the files in conflict. Of these the index has what merges merged in each version.
 * Throws `git/uncommitted-changes` when a file that is not committed would be lost; then nothing was written.
 */
export async function writeNativeMerge(written: WrittenMerge): Promise<readonly string[]> {
  const { tree, repository, merge, theirs, message, noFastForward } = written
  const { top, gitDir, prefix } = tree
  const objects: NewObject[] = [...merge.plan.objects]
  const inside = await openFiles(written, objects)
  const around = prefix === '' ? { files: [], tree: undefined } : mergeAround(tree, theirs)
  const root = around.tree === undefined ? merge.plan.root : await putFolder(written, around.tree, objects)
  const nobody = { name: 'espalier', email: 'espalier@localhost', timestamp: 0 }
  await repository.write({ objects, refs: [], committer: nobody, message: '' })
  const open = [...inside, ...around.files]
  // What the merged tree does not hold, git does not look at.
  for (const { path, bytes } of inside) {
    const isTracked = tryGit(top, ['ls-files', '--error-unmatch', '--', `:(literal)${path}`]).status === 0
    if (bytes && !isTracked && existsSync(join(top, path))) throw inTheWay(`${path} is not tracked.`)
  }

  // Begun before anything is written: what follows can be aborted.
  const hint = open.length === 0 ? '' : `\n# Conflicts:\n${open.map(({ path }) => `#\t${path}\n`).join('')}`
  writeFileSync(join(gitDir, 'MERGE_MSG'), `${message.trimEnd()}\n${hint}`)
  writeFileSync(join(gitDir, 'MERGE_MODE'), noFastForward ? 'no-ff' : '')
  writeFileSync(join(gitDir, 'MERGE_HEAD'), `${theirs}\n`)
  const { status, err } = tryGit(top, ['read-tree', '-m', '-u', 'HEAD', root])
  if (status !== 0) {
    for (const name of ['MERGE_HEAD', 'MERGE_MODE', 'MERGE_MSG']) rmSync(join(gitDir, name), { force: true })
    throw inTheWay(err)
  }
  runGit(top, ['update-ref', 'ORIG_HEAD', 'HEAD'])
  for (const { path, bytes } of open) {
    if (!bytes) continue
    mkdirSync(dirname(join(top, path)), { recursive: true })
    writeFileSync(join(top, path), bytes)
  }
  writeIndex(
    top,
    open.map(({ path, stages }) => [path, stages]),
  )
  return open.map(({ path }) => path)
}

function inTheWay(reason: string): EspalierError {
  return new EspalierError(
    'git/uncommitted-changes',
    `The merge would write over what is not committed. Commit it, or put it away with git stash.\n${reason}`,
  )
}

/** The files with open conflicts in the versions of the merge. */
async function openFiles(written: WrittenMerge, objects: NewObject[]): Promise<readonly OpenFile[]> {
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
    versions.set(path, { entry: { mode: found.mode.toString(8).padStart(6, '0'), oid: found.oid }, bytes })
  }
  return versions
}

/** What git makes of the files around the database's folder. */
function mergeAround(
  { top, prefix }: WorkTree,
  theirs: Oid,
): { readonly tree: Oid; readonly files: readonly OpenFile[] } {
  const { status, out, err } = tryGit(top, [
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
    files: Array.from(files, ([path, stages]) => ({ path, stages, bytes: undefined })),
  }
}

/** The whole tree with the merged database in its folder. */
async function putFolder(
  { repository, merge, tree }: WrittenMerge,
  around: Oid,
  objects: NewObject[],
): Promise<Oid> {
  const folder = tree.prefix.slice(0, -1)
  const edit = { path: folder, oid: merge.plan.root, mode: treeMode.tree }
  const edited = await editTrees(repository.objects, around, [edit])
  objects.push(...edited.objects)
  return edited.root
}
