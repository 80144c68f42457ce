import { realpath } from 'node:fs/promises'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { FileTree } from '../../worker/format/file-tree.ts'
import { openNodeRepository, type NodeRepository } from '../../worker/git/node/node-repository.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { resolveRevision } from '../../worker/git/refs/revision.ts'
import { hashObject } from '../../worker/git/objects/sha1.ts'
import { createTreeCache } from '../../worker/git/trees/tree-cache.ts'
import { createCommitVersion } from './commit-version.ts'
import { createFolderTree } from './folder-tree.ts'
import { viewFolder } from './folder-view.ts'
import { findGitPlace } from './git-root.ts'
import { nodeCodecs } from './node-plugins.ts'
import { differingPaths, type Source, type Version } from './version.ts'

/** A database in a folder of this disk, and in the git repository around it. A bare repository has commits only. */
export async function openFolderSource(name: string, path: string): Promise<Source> {
  const folder = await realpath(path)
  const place = await findGitPlace(folder)
  let opened: Promise<NodeRepository> | undefined
  const prefix = place === undefined || place.bare ? '' : place.prefix
  const repository = (): Promise<NodeRepository> => {
    if (place !== undefined) return (opened ??= openNodeRepository(place.top))
    throw new EspalierError(
      'remote/not-found',
      `${name} is not in a git repository, so it has no commits. Run git init, or name another folder.`,
      { data: { path: folder } },
    )
  }
  const resolve = async (revision: string): Promise<Oid> => {
    const { objects, readRefs } = await repository()
    return resolveRevision({ refs: await readRefs(), objects, findByPrefix: objects.findByPrefix }, revision)
  }
  const at = async (revision: string): Promise<Version> =>
    createCommitVersion((await repository()).objects, await resolve(revision), prefix)
  const isBare = place?.bare === true
  return {
    name,
    prefix: prefix && `${prefix}/`,
    folder: isBare ? undefined : folder,
    current: async () => (isBare ? at('HEAD') : folderVersion(await createFolderTree(folder))),
    at,
    commits: async () => {
      const { objects, readRefs } = await repository()
      const refs = await readRefs()
      const stored = viewFolder(await objects.stored(), prefix)
      return { objects: stored, trees: createTreeCache(stored), codecs: nodeCodecs, refs, resolve }
    },
    close: async () => (await opened)?.close(),
  }
}

function folderVersion(tree: FileTree): Version {
  const fileIds = async (): Promise<ReadonlyMap<string, string>> => {
    const ids = new Map<string, string>()
    const folders = ['']
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const { name, kind } of (await tree.list(folder)) ?? []) {
        const path = folder === '' ? name : `${folder}/${name}`
        if (kind === 'dir') {
          // Never part of a database, and often larger than everything else together.
          if (name !== 'node_modules') folders.push(path)
          continue
        }
        const bytes = await tree.readFile(path)
        if (bytes) ids.set(path, hashObject('blob', bytes))
      }
    }
    return ids
  }
  return {
    tree,
    fileIds,
    changedSince: async (older) => differingPaths(await older.fileIds(), await fileIds()),
  }
}
