import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { Database } from '../../src/client/database.ts'
import { createMemoryStorage } from '../../worker/storage/memory-storage.ts'
import { makeDemoRepository } from '../support/demo-repository.ts'
import { useGitHost } from '../support/git-host.ts'
import { git } from '../support/git-repositories.ts'
import { anyValues, openOn } from './world.ts'

/** The demo database on a server that takes pushes, and opened with its whole history. */
export interface DemoWorld {
  /** The folder of the bare repository. */
  readonly bare: string
  readonly db: Database
}

/** Call it where hooks may be registered, and read the database while tests run. */
export function useDemoWorld(): DemoWorld {
  const host = useGitHost()
  const bare = join(host.path, 'demo.git')
  let db: Database | undefined
  beforeAll(async () => {
    makeDemoRepository(host.path)
    git(bare, 'config', 'http.receivepack', 'true')
    const url = `${host.server.url}/demo.git`
    db = await openOn(createMemoryStorage(), url, { history: 'full', ...anyValues })
  })
  afterAll(() => db?.close())
  return {
    bare,
    get db() {
      if (!db) throw new Error('The demo database is open only while tests run.')
      return db
    },
  }
}
