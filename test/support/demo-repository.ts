import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { git } from './git-repositories.ts'

const bundle = resolve(process.env['ESPALIER_SHARED'] ?? '../shared', 'data/demo-ingitdb.bundle')

/** Whether the demo database, which is not part of this project, is here; says what is not tested where it is not. */
export function hasDemoDatabase(what: string): boolean {
  const present = existsSync(bundle)
  if (!present) process.stderr.write(`${what} not tested: ${bundle} is missing (set ESPALIER_SHARED)\n`)
  return present
}

/** Makes a bare repository `demo.git` of the demo database in a folder, and answers its path. */
export function makeDemoRepository(folder: string): string {
  const bare = join(folder, 'demo.git')
  git(folder, 'init', '-q', '--bare', '-b', 'main', 'demo.git')
  // The bundle's HEAD names a ref that it does not hold.
  git(bare, 'fetch', '-q', bundle, 'refs/*:refs/bundle/*')
  const names = git(bare, 'for-each-ref', '--format=%(refname)').split('\n')
  git(bare, 'update-ref', 'refs/heads/main', names.find((name) => name.endsWith('/main')) ?? 'none')
  return bare
}
