import { scope } from './global.ts'
import LightningFS from '@isomorphic-git/lightning-fs'
import { expose } from 'comlink'
import * as git from 'isomorphic-git'
import http from 'isomorphic-git/http/web'

const dir = '/repo'
const parallel = 100
const author = { name: 'Bench', email: 'bench@example.com' }

let fs = new LightningFS('bench')
// One cache for all calls: without it every read loads the pack and its index again.
const cache = {}

/** What a page asks of isomorphic-git, as its users would write it. Times are in milliseconds. */
const peer = {
  /** Opens what an earlier page of this profile has cloned. */
  open: (): void => {
    fs = new LightningFS('bench')
  },

  clone: (url: string, checkout: boolean): Promise<number> =>
    timed(() =>
      git.clone({
        fs,
        http,
        dir,
        url,
        cache,
        depth: 1,
        singleBranch: true,
        noCheckout: !checkout,
        ref: 'main',
      }),
    ),

  /** All branches and their history, without files. */
  cloneAll: (url: string): Promise<number> =>
    timed(() => git.clone({ fs, http, dir, url, cache, noCheckout: true, ref: 'main' })),

  /** Merges a branch of the remote into `main`, by lines. */
  merge: (branch: string): Promise<number> =>
    timed(() => git.merge({ fs, dir, ours: 'main', theirs: `origin/${branch}`, author, cache })),

  /** Waits for LightningFS to write its directory, which it otherwise does on a timer. */
  flush: (): Promise<number> => timed(() => fs.promises.flush()),

  /** Reads and parses every record. */
  readAll: async (checkout: boolean): Promise<{ ms: number; records: number }> => {
    let records = 0
    const ms = await timed(async () => {
      records = checkout ? await readFiles() : await readBlobs()
    })
    return { ms, records }
  },

  /** One edit and its commit through the working tree and the index. */
  commitFile: (path: string, text: string): Promise<number> =>
    timed(async () => {
      await fs.promises.writeFile(`${dir}/${path}`, text)
      await git.add({ fs, dir, filepath: path, cache })
      await git.commit({ fs, dir, message: 'Change one record', author, cache })
    }),

  /** Changed records and their commit through the object calls: no working tree, no index. */
  commitObjects: (changes: readonly (readonly [path: string, text: string])[]): Promise<number> =>
    timed(() => commitObjects(changes)),

  push: (url: string): Promise<number> =>
    timed(() => git.push({ fs, http, dir, url, ref: 'main', remoteRef: 'main', cache })),
}

export type IsomorphicPeer = typeof peer
if ('global' in scope) expose(peer)

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

async function readFiles(): Promise<number> {
  let records = 0
  for (const collection of await fs.promises.readdir(dir)) {
    if (collection.startsWith('.')) continue
    const folder = `${dir}/${collection}/$records`
    await inParallel(await fs.promises.readdir(folder), async (name) => {
      parse((await fs.promises.readFile(`${folder}/${name}`, 'utf8')) as string)
      records++
    })
  }
  return records
}

async function readBlobs(): Promise<number> {
  let records = 0
  const decoder = new TextDecoder()
  const { tree: root } = await git.readTree({ fs, dir, oid: await head(), cache })
  for (const { path, oid } of root) {
    if (path.startsWith('.')) continue
    const { tree } = await git.readTree({ fs, dir, oid, filepath: '$records', cache })
    await inParallel(tree, async (entry) => {
      parse(decoder.decode((await git.readBlob({ fs, dir, oid: entry.oid, cache })).blob))
      records++
    })
  }
  return records
}

function parse(text: string): void {
  if (typeof JSON.parse(text) !== 'object') throw new Error('Not a record')
}

function head(): Promise<string> {
  return git.resolveRef({ fs, dir, ref: 'HEAD' })
}

async function commitObjects(changes: readonly (readonly [path: string, text: string])[]): Promise<void> {
  const parent = await head()
  const { tree: root } = await git.readTree({ fs, dir, oid: parent, cache })
  const byCollection = new Map<string, Map<string, string>>()
  await inParallel(changes, async ([path, text]) => {
    const [collection = '', , name = ''] = path.split('/')
    const oid = await git.writeBlob({ fs, dir, blob: new TextEncoder().encode(text) })
    const oids = byCollection.get(collection) ?? new Map<string, string>()
    byCollection.set(collection, oids.set(name, oid))
  })
  for (const [collection, oids] of byCollection) {
    const entry = root.find(({ path }) => path === collection)
    if (entry === undefined) throw new Error(`No ${collection}`)
    const { tree: folder } = await git.readTree({ fs, dir, oid: entry.oid, cache })
    const records = folder.find(({ path }) => path === '$records')
    if (records === undefined) throw new Error(`No records in ${collection}`)
    const { tree } = await git.readTree({ fs, dir, oid: records.oid, cache })
    for (const file of tree) file.oid = oids.get(file.path) ?? file.oid
    records.oid = await git.writeTree({ fs, dir, tree })
    entry.oid = await git.writeTree({ fs, dir, tree: folder })
  }
  const tree = await git.writeTree({ fs, dir, tree: root })
  await git.commit({
    fs,
    dir,
    message: 'Change records',
    author,
    tree,
    parent: [parent],
    ref: 'refs/heads/main',
    cache,
  })
}

async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < items.length; i += parallel) await Promise.all(items.slice(i, i + parallel).map(run))
}
