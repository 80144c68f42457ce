import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import {
  makeRepository,
  smallDatabase,
  temporaryFolder,
  writeFiles,
} from '../test/support/git-repositories.ts'

/** The small database in a folder, anew for each test. */
export interface TestDatabase {
  /** A temporary folder around it. */
  readonly folder: string
  /** The database's own folder. */
  readonly path: string
  read(name: string): string
  write(files: Readonly<Record<string, string>>): void
  has(name: string): boolean
}

/** For the tests of this file: each gets the small database, in a git repository with one commit when told so. */
export function eachOnDatabase({ inGit }: { readonly inGit: boolean }): TestDatabase {
  let folder = { path: '', remove: (): void => {} }
  const database: TestDatabase = {
    get folder() {
      return folder.path
    },
    get path() {
      return join(folder.path, 'data')
    },
    read: (name) => readFileSync(join(database.path, name), 'utf8'),
    write: (files) => writeFiles(database.path, files),
    has: (name) => existsSync(join(database.path, name)),
  }
  beforeEach(() => {
    folder = temporaryFolder()
    if (inGit) makeRepository(database.path)
    else database.write(smallDatabase)
  })
  afterEach(() => folder.remove())
  return database
}
