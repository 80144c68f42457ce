import { openOver, type OpenOptions } from '../../src/open.ts'
import { connectInProcess } from '../../src/client/connection.ts'
import { createNodeEngine, type NodeEngineOptions } from '../../worker/node-engine.ts'
import { createObjectStore, type ObjectStore } from '../../worker/git/packs/object-store.ts'
import type { Oid } from '../../worker/git/objects/oid.ts'
import { createRefs, type Refs } from '../../worker/git/refs/refs.ts'
import { idsWithPrefix, resolveRevision } from '../../worker/git/refs/revision.ts'
import { createTreeCache } from '../../worker/git/trees/tree-cache.ts'
import { createCommitVersion } from './commit-version.ts'
import { nodeCodecs } from './node-plugins.ts'
import type { Source, Version } from './version.ts'

type Opened = Parameters<NonNullable<NodeEngineOptions['onStorage']>>[0]

/**
 * A database at an address, or in the bytes of a bundle, fetched into memory: the newest commit, and all
 * others when they are asked for.
 */
export async function openRemoteSource(name: string, options: RemoteOptions): Promise<Source> {
  const { env, bundle } = options
  let opened: Opened | undefined
  const engine = createNodeEngine({
    onStorage: (parts) => {
      opened = parts
    },
  })
  const token = env['ESPALIER_TOKEN']
  let asked = 0
  // A bundle needs an address only to be named by.
  const url = bundle === undefined ? name : 'https://bundle.invalid/file'
  const db = await openOver(connectInProcess(engine), url, {
    history: 'tip',
    ...(bundle === undefined ? {} : { bundle }),
    auth: () =>
      token === undefined || asked++ > 0
        ? null
        : { username: env['ESPALIER_USERNAME'] ?? 'git', password: token },
  } satisfies OpenOptions)

  const versionOf = async (oid: string): Promise<Version> => {
    await db.settled()
    const { objects } = await openObjects(opened)
    return createCommitVersion(objects, oid as Oid, '') // the engine gives ids that it has resolved
  }
  return {
    name: withoutUser(name),
    prefix: '',
    folder: undefined,
    current: async () => versionOf((await db.status()).commit),
    async at(revision) {
      const snapshot = await db.at(revision)
      try {
        return await versionOf((await snapshot.status()).commit)
      } finally {
        await snapshot.close()
      }
    },
    async commits() {
      // Brings what lies behind the newest commit.
      await db.log({ limit: Infinity })
      await db.settled()
      const { objects, refs } = await openObjects(opened)
      const { commit } = await db.status()
      const findByPrefix = (prefix: string): readonly Oid[] =>
        objects.packs().flatMap(({ index }) => idsWithPrefix(index, prefix))
      const resolve = (revision: string): Promise<Oid> =>
        resolveRevision({ refs, objects, head: commit as Oid, findByPrefix }, revision) // an id of the engine
      return { objects, trees: createTreeCache(objects), codecs: nodeCodecs, refs, resolve }
    },
    close: () => db.close(),
  }
}

/** What {@link openRemoteSource} needs of the world. */
export interface RemoteOptions {
  /** Holds the credentials: `ESPALIER_USERNAME`, `ESPALIER_TOKEN`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly bundle?: Uint8Array
}

async function openObjects(
  opened: Opened | undefined,
): Promise<{ readonly objects: ObjectStore; readonly refs: Refs }> {
  if (opened === undefined) throw new Error('The engine opened no storage.')
  const state = await opened.storage.readState()
  return { objects: await createObjectStore(opened.storage, state), refs: createRefs(state.refs) }
}

function withoutUser(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}
