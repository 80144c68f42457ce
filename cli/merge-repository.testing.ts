import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  git,
  makeRepository,
  smallDatabase,
  temporaryFolder,
  writeFiles,
} from '../test/support/git-repositories.ts'

export const ie = 'geo/countries/$records/ie.json'
export const fr = 'geo/countries/$records/fr.json'
export const foot = 'units/$records/foot.yaml'
export const cities = 'cities/cities.csv'
const files: Readonly<Record<string, string>> = {
  ...smallDatabase,
  '.ingitdb/root-collections.yaml': `cities: cities\n${smallDatabase['.ingitdb/root-collections.yaml']}`,
  'cities/.collection/definition.yaml':
    'record_file:\n  name: cities.csv\n  format: csv\n  type: "[]map[string]any"\ncolumns:\n  id:\n    type: string\n  country:\n    type: string\n    foreign_key: geo.countries\n  size:\n    type: int\ncolumns_order: [id, country, size]\nprimary_key: [id]\n',
  [cities]: 'id,country,size\nberlin,de,1\nhamburg,de,2\nparis,fr,3\n',
  'notes.txt': 'one\ntwo\nthree\n',
}

/** Where the repositories are made; the tests remove it. */
export const folder: ReturnType<typeof temporaryFolder> = temporaryFolder()
let count = 0

/** By file: what stands in place of what, the whole text, or null where it goes. */
export type Edits = Readonly<Record<string, readonly [from: string, to: string] | null | string>>

/** Two branches from one commit, each with its edits; `main` is checked out. `below`: the database's folder. */
export function fork(ours: Edits, theirs: Edits, below = ''): string {
  const top = join(folder.path, `work-${++count}`)
  const path = join(top, below)
  makeRepository(
    top,
    Object.fromEntries(Object.entries(files).map(([name, text]) => [join(below, name), text])),
  )
  git(top, 'config', 'user.name', 'Grace')
  git(top, 'config', 'user.email', 'grace@example.com')
  git(top, 'switch', '-q', '-c', 'draft')
  commit(path, theirs, 'Theirs')
  git(top, 'switch', '-q', 'main')
  commit(path, ours, 'Ours')
  return path
}

/** Commits edits of files. */
export function commit(path: string, edits: Edits, message: string): void {
  for (const [name, edit] of Object.entries(edits)) {
    if (edit === null) git(path, 'rm', '-q', name)
    else if (typeof edit === 'string') writeFiles(path, { [name]: edit })
    else {
      expect(read(path, name)).toContain(edit[0])
      writeFileSync(join(path, name), read(path, name).replace(...edit))
    }
  }
  git(path, 'add', '-A')
  git(path, 'commit', '-q', '--allow-empty', '-m', message)
}

export function read(path: string, name: string): string {
  return readFileSync(join(path, name), 'utf8')
}

/** What `git status` says, for programs. */
export const status = (path: string): string => git(path, 'status', '--porcelain')
