import { findGitFolders } from '../../worker/git/node/node-folder.ts'
import { UsageError } from '../io.ts'
import { findGitPlace } from './git-root.ts'
import type { Source } from './version.ts'

/** A database in the work tree of a git repository. */
export interface WorkTree {
  /** Its top folder. */
  readonly top: string
  /** The database's folder from there, with a slash behind it; '' for the top. */
  readonly prefix: string
  /** Where git keeps what belongs to this work tree. */
  readonly gitDir: string
}

/** Throws {@link UsageError} for anything else. */
export async function workTreeOf(source: Source, command: string): Promise<WorkTree> {
  const place = source.folder === undefined ? undefined : await findGitPlace(source.folder)
  if (!place || place.bare)
    throw new UsageError(`${command} needs a database in the work tree of a git repository.`)
  const { gitDir } = await findGitFolders(place.top)
  return { top: place.top, prefix: source.prefix, gitDir }
}
