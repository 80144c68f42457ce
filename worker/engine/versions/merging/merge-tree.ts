import { EspalierError, isEspalierError } from '../../../../src/protocol/errors.ts'
import type { NewObject } from '../../../git/objects/object.ts'
import type { Oid } from '../../../git/objects/oid.ts'
import { editTrees, type EditTreesOptions, type TreeEdit } from '../../../git/trees/tree-edit.ts'
import { listFiles } from '../../../git/trees/tree-walk.ts'
import type { MergedFile } from './merge-files.ts'
import type { MergeRequest } from './merge-request.ts'

/** Our tree with what the merge changes in it. */
export interface MergedRoot {
  readonly root: Oid
  /** Trees and contents that are not stored yet. */
  readonly objects: readonly NewObject[]
}

/**
 * Makes the merged tree. Names that cannot stand beside each other (a file where the other side has a folder; two
 * that differ only in case) become conflicts of their files: the one that came from theirs is left out until it is
 * chosen.
 */
export async function mergeTree(
  request: MergeRequest,
  files: readonly MergedFile[],
  options: EditTreesOptions,
): Promise<MergedRoot> {
  const { source, ours } = request
  const byPath = new Map(files.map((file) => [file.path, file]))
  const settled = new Set<string>()
  for (;;) {
    const all = [...byPath.values()]
    try {
      const { root, objects } = await editTrees(source.trees, ours.root, all.map(editOf), options)
      const blobs = all.flatMap(({ object }) => (object && !source.objects.has(object.oid) ? [object] : []))
      return { root, objects: [...objects, ...blobs] }
    } catch (error) {
      const clash = clashOf(error, byPath)
      if (!clash || settled.has(clash.put)) throw error
      settled.add(clash.put)
      await settleClash(request, byPath, clash)
    }
  }
}

function editOf({ path, entry }: MergedFile): TreeEdit {
  return entry ? { path, ...entry } : { path, delete: true }
}

/** Two names that cannot stand beside each other. */
interface Clash {
  /** A file that the merge puts. */
  readonly put: string
  /** The file or folder in its way. */
  readonly rival: string
}

function clashOf(error: unknown, files: ReadonlyMap<string, MergedFile>): Clash | undefined {
  if (!isEspalierError(error)) return undefined
  const { folder, added, twin, path } = error.data
  if (error.code === 'git/unsafe-path' && typeof folder === 'string') {
    const names = [added, twin].map((name) => (folder === '' ? String(name) : `${folder}/${String(name)}`))
    const [first = '', second = ''] = names
    const put = firstPut(files, first)
    if (put !== undefined) return { put, rival: second }
    const other = firstPut(files, second)
    return other === undefined ? undefined : { put: other, rival: first }
  }
  if (error.code !== 'git/path-conflict' || typeof path !== 'string') return undefined
  const put = firstPut(files, path)
  return put === undefined ? undefined : { put, rival: path }
}

/** A file that is put at a path or below it. */
function firstPut(files: ReadonlyMap<string, MergedFile>, path: string): string | undefined {
  if (files.get(path)?.entry) return path
  for (const [name, { entry }] of files) if (entry && name.startsWith(`${path}/`)) return name
  return undefined
}

async function settleClash(
  { source, ours, conflicts }: MergeRequest,
  files: Map<string, MergedFile>,
  { put, rival }: Clash,
): Promise<void> {
  const wanted = files.get(put)?.entry ?? null
  const { choice } = conflicts.add(
    { file: put },
    { path: [], kind: 'file', base: undefined, ours: rival, theirs: put, blocking: true },
    [rival, `${wanted?.mode} ${wanted?.oid}`],
  )
  if (choice !== undefined && choice !== 'ours' && choice !== 'theirs')
    throw new EspalierError(
      'merge/bad-choice',
      `Choose "ours" or "theirs" for "${put}", which cannot stand beside "${rival}".`,
      { data: { file: put } },
    )
  if (choice !== 'theirs') {
    files.delete(put) // what our side has there stays
    return
  }
  const others = await listFiles(source.trees, ours.root, rival)
  for (const path of [rival, ...others.map((file) => file.path), ...files.keys()])
    if (path !== put && (path === rival || path.startsWith(`${rival}/`)))
      files.set(path, { path, entry: null })
}
