import type { FileText, HandleId } from '../protocol/engine.ts'
import type { Author, CommitInfo } from '../protocol/outcomes.ts'
import type { AtOptions } from '../protocol/records.ts'
import type { Connection } from './connection.ts'
import { askForPersistence } from './page-life.ts'

/** The files of a branch or commit as they are, without what the format makes of them. */
export interface Files {
  /**
   * A committed file's text, also of one that no record can be read from; undefined when there is no such file.
   * Errors: `git/unsafe-path`.
   *
   * @example
   * ```ts
   * for (const { file } of await db.collection('units').problems()) {
   *   console.log((await db.files.read(file))?.text)
   * }
   * ```
   */
  read(path: string, options?: Pick<AtOptions, 'at'>): Promise<FileText | undefined>
}

/** The files of an open branch. */
export interface EditableFiles extends Files {
  /**
   * Commits a file's new text, alone; working changes of other files stay.
   *
   * Errors: `format/bad-record` when records could not be read from the text (`data.issues`; `force` skips this),
   * `schema/working-changes` when a working change is about this file, `engine/nothing-to-commit` when the text is
   * the same, `git/unsafe-path`.
   *
   * @example
   * ```ts
   * await db.files.replace('units/$records/foot.yaml', 'symbol: ft\nfactor: 0.3048\n', {
   *   message: 'Repair the foot',
   * })
   * ```
   */
  replace(
    path: string,
    text: string,
    options: { readonly message: string; readonly author?: Author; readonly force?: boolean },
  ): Promise<CommitInfo>
}

export function createFiles(connection: Connection, handle: HandleId): EditableFiles {
  return {
    read: (path, options) => connection.call((engine) => engine.readFile(handle, path, options)),
    replace: (path, text, { force = false, ...options }) => {
      askForPersistence()
      return connection.call((engine) => engine.replaceFile(handle, path, text, { ...options, force }))
    },
  }
}
