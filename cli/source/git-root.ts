import { realpath } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { isEspalierError } from '../../src/protocol/errors.ts'
import { findGitFolders } from '../../worker/git/node/node-folder.ts'

/** Where a folder lies in a git repository. */
export interface GitPlace {
  /** The top folder of the working tree, or the bare repository. */
  readonly top: string
  /** The folder from there, with slashes; '' is the top. */
  readonly prefix: string
  readonly bare: boolean
}

/** Finds the repository that a folder is part of; undefined when there is none. */
export async function findGitPlace(folder: string): Promise<GitPlace | undefined> {
  const start = await realpath(folder)
  for (let top = start; ; top = dirname(top)) {
    const found = await findGitFolders(top).catch((error: unknown) => {
      if (isEspalierError(error, 'remote/not-found')) return undefined
      throw error
    })
    if (found) return { top, prefix: relative(top, start).replaceAll('\\', '/'), bare: found.bare }
    if (dirname(top) === top) return undefined
  }
}
