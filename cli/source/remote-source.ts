import { openOver, type OpenOptions } from '../../src/open.ts'
import { connectInProcess } from '../../src/client/connection.ts'
import { createNodeEngine, type NodeEngineOptions } from '../../worker/node-engine.ts'
import { createObjectStore, type ObjectStore } from '../../worker/git/object-store.ts'
import type { Oid } from '../../worker/git/oid.ts'
import { createCommitVersion } from './commit-version.ts'
import type { Source, Version } from './version.ts'

type Opened = Parameters<NonNullable<NodeEngineOptions['onStorage']>>[0]

/** A database at an address, or in the bytes of a bundle: fetched into memory, the newest commit only. */
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
    const objects = await openObjects(opened)
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
    close: () => db.close(),
  }
}

/** What {@link openRemoteSource} needs of the world. */
export interface RemoteOptions {
  /** Holds the credentials: `ESPALIER_USERNAME`, `ESPALIER_TOKEN`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly bundle?: Uint8Array
}

async function openObjects(opened: Opened | undefined): Promise<ObjectStore> {
  if (opened === undefined) throw new Error('The engine opened no storage.')
  return createObjectStore(opened.storage, await opened.storage.readState())
}

function withoutUser(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}
