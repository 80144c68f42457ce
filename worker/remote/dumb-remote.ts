import { EspalierError } from '../../src/protocol/errors.ts'
import { parseCommitLinks } from '../git/objects/commit.ts'
import type { Oid } from '../git/objects/oid.ts'
import { writePack } from '../git/packs/pack-writer.ts'
import { parseTag } from '../git/objects/tag.ts'
import { entryOid, isTreeMode, nextEntry, treeCursor, treeMode } from '../git/trees/tree.ts'
import { type DumbObjects, openDumbObjects } from './dumb-objects.ts'
import { readDumbHead, readDumbRefs } from './dumb-refs.ts'
import { abortedError } from './http-errors.ts'
import type { HttpOptions } from './http-session.ts'
import { refuseToPush } from './read-only.ts'
import type { FetchRequest, FetchResult, Remote } from './remote.ts'
import { parseRemoteUrl } from './remote-url.ts'
import { createStaticFiles } from './static-files.ts'

/** A remote that may turn out not to be one. */
export interface DumbRemote extends Remote {
  /** Whether a bare repository's files are at the address. */
  probe(): Promise<boolean>
}

/**
 * A bare repository's files on a static host, read-only (the "dumb" protocol of gitprotocol-http(5)): refs from
 * `info/refs` or `packed-refs`, objects from the packs and loose files. It keeps everything in memory while it
 * fetches, and downloads all packs; a bundle is the better way to publish static data.
 */
export function createDumbRemote(options: Omit<HttpOptions, 'credentials' | 'requestUrl'>): DumbRemote {
  const { url, credentials } = parseRemoteUrl(options.url)
  const files = createStaticFiles({ ...options, url, credentials })

  async function fetch(request: FetchRequest): Promise<FetchResult> {
    if (request.wants.length === 0) return { shallow: [], unshallow: [] }
    const objects = await openDumbObjects(files, request)
    await walk(objects, request, url)
    const { buffer } = writePack(await objects.all(), { compress: true })
    for (let segment = 0; segment < buffer.segmentCount(); segment++) {
      const bytes = buffer.segmentContent(segment)
      if (bytes !== undefined) await request.onPack(bytes)
    }
    return { shallow: [], unshallow: request.shallow }
  }

  return {
    url,
    canPush: false,
    canShallow: false,
    // A host that serves the one file but not the refs (a login page instead, say) is not a static repository.
    probe: async () => (await readDumbHead(files)) !== null && (await readDumbRefs(files)).refs.size > 0,
    async listRefs(transfer = {}) {
      transfer.onProgress?.({ phase: 'connecting', loaded: 0 })
      return readDumbRefs(files, transfer.signal)
    },
    fetch,
    push: () => refuseToPush(url),
  }
}

/** Visits everything that the wanted objects lead to, so that every loose object is downloaded. */
async function walk(objects: DumbObjects, request: FetchRequest, url: string): Promise<void> {
  const seen = new Set<Oid>(request.haves)
  const open: Oid[] = []
  const visit = (oid: Oid): void => {
    if (seen.has(oid)) return
    seen.add(oid)
    open.push(oid)
  }
  const blobs: Oid[] = []
  request.wants.forEach(visit)
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    if (request.signal?.aborted === true) throw abortedError(url)
    const object = await objects.read(oid)
    if (object === null) throw missing(oid, url)
    if (object.type === 'tag') visit(parseTag(object.bytes).object)
    else if (object.type === 'commit') {
      const { tree, parents } = parseCommitLinks(object.bytes)
      visit(tree)
      parents.forEach(visit)
    } else if (object.type === 'tree') {
      for (const cursor = treeCursor(object.bytes); nextEntry(cursor);) {
        const child = entryOid(cursor)
        if (isTreeMode(cursor.mode)) visit(child)
        else if (cursor.mode !== treeMode.gitlink && !seen.has(child)) {
          seen.add(child)
          blobs.push(child)
        }
      }
    }
  }
  await ensureAll(objects, blobs, url)
}

/** Loose blobs come one request each: some at a time. */
async function ensureAll(objects: DumbObjects, oids: readonly Oid[], url: string): Promise<void> {
  let next = 0
  const run = async (): Promise<void> => {
    for (let oid = oids[next++]; oid !== undefined; oid = oids[next++]) {
      if (!(await objects.ensure(oid))) throw missing(oid, url)
    }
  }
  await Promise.all(Array.from({ length: 6 }, run))
}

function missing(oid: Oid, url: string): EspalierError {
  return new EspalierError(
    'git/object-missing',
    `${url} does not have the object ${oid}, which it needs. Run "git repack -ad && git update-server-info" in the ` +
      'repository and publish it again.',
    { data: { url, oid } },
  )
}
