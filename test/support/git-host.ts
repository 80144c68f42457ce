import { afterAll, beforeAll } from 'vitest'
import { startGitServer, type GitServer, type GitServerOptions } from '../../demo/server/git-server.ts'
import { makeBareRepository, temporaryFolder } from './git-repositories.ts'

/** A git server with a folder of its own, for the tests of one file or of one `describe`. */
export interface GitHost {
  /** The folder of its bare repositories. */
  readonly path: string
  readonly server: GitServer
  /** Makes a bare repository; its name has a number behind it unless it is the first of that name. */
  make(name: string, files?: Readonly<Record<string, string>>): HostedRepository
}

export interface HostedRepository {
  /** The folder of the bare repository. */
  readonly bare: string
  readonly url: string
}

/** Call it where hooks may be registered. The server runs while tests do. */
export function useGitHost(options: Omit<GitServerOptions, 'root'> = {}): GitHost {
  const folder = temporaryFolder()
  const made = new Map<string, number>()
  let server: GitServer | undefined
  beforeAll(async () => {
    server = await startGitServer({ ...options, root: folder.path })
  })
  afterAll(async () => {
    await server?.close()
    folder.remove()
  })
  const running = (): GitServer => {
    if (!server) throw new Error('The git server runs only while tests do.')
    return server
  }
  return {
    path: folder.path,
    get server() {
      return running()
    },
    make: (name, files) => {
      const count = (made.get(name) ?? 0) + 1
      made.set(name, count)
      const own = count === 1 ? name : `${name}-${count}`
      return { bare: makeBareRepository(folder.path, own, files), url: `${running().url}/${own}.git` }
    },
  }
}
