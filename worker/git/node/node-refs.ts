import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitFolders } from './node-folder.ts'
import { isMissing, readText } from './node-folder.ts'
import { isOid } from '../objects/oid.ts'
import type { ReflogEntry } from '../refs/reflog.ts'
import { parseReflogLine } from '../refs/reflog.ts'
import type { Refs } from '../refs/refs.ts'
import { createRefs } from '../refs/refs.ts'
import { isRefName } from '../refs/refs-name.ts'

/** The file of a ref. HEAD and `refs/worktree/…` belong to the worktree, the others to all (gitrepository-layout(5)). */
export function refFile(folders: GitFolders, name: string): string {
  const own = !name.startsWith('refs/') || /^refs\/(?:worktree|bisect|rewritten)\//.test(name)
  return join(own ? folders.gitDir : folders.commonDir, ...name.split('/'))
}

/** The file of a ref's reflog. */
export function reflogFile(folders: GitFolders, name: string): string {
  return join(name.startsWith('refs/') ? folders.commonDir : folders.gitDir, 'logs', ...name.split('/'))
}

/** One ref's value as native git sees it now: the loose file, else packed-refs; null when there is none. */
export async function readRefValue(folders: GitFolders, name: string): Promise<string | null> {
  const loose = parseValue(await readText(refFile(folders, name)))
  if (loose !== null) return loose
  return parsePackedRefs((await readText(join(folders.commonDir, 'packed-refs'))) ?? '').get(name) ?? null
}

/** All refs with HEAD and the shallow boundary. Broken files are passed over, as git does. */
export async function readRefs(folders: GitFolders): Promise<Refs> {
  // Loose refs first: one that is packed meanwhile is found in packed-refs, read after it.
  const loose = new Map<string, string>()
  await listLoose(folders, 'refs', loose)
  const values = new Map(parsePackedRefs((await readText(join(folders.commonDir, 'packed-refs'))) ?? ''))
  for (const [name, value] of loose) values.set(name, value)
  const head = parseValue(await readText(join(folders.gitDir, 'HEAD')))
  if (head !== null) values.set('HEAD', head)
  const shallow = (await readText(join(folders.commonDir, 'shallow')))?.split('\n').filter(isOid) ?? []
  if (shallow.length > 0) values.set('shallow', shallow.join('\n'))
  return createRefs(Array.from(values, ([name, value]) => ({ name, value })))
}

/** A ref's reflog, oldest first; empty when git keeps none. Damaged lines are left out. */
export async function readReflogFile(folders: GitFolders, name: string): Promise<readonly ReflogEntry[]> {
  const entries: ReflogEntry[] = []
  for (const line of ((await readText(reflogFile(folders, name))) ?? '').split('\n')) {
    const entry = line === '' ? null : parseReflogLine(line)
    if (entry !== null) entries.push(entry)
  }
  return entries
}

/** The refs of a packed-refs file; peeled lines (`^…`) and comments are left out. */
export function parsePackedRefs(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [oid = '', name = ''] = [line.slice(0, 40), line.slice(41)]
    if (line[40] === ' ' && isOid(oid) && isRefName(name)) values.set(name, oid)
  }
  return values
}

async function listLoose(folders: GitFolders, prefix: string, values: Map<string, string>): Promise<void> {
  for (const root of new Set([folders.commonDir, folders.gitDir])) {
    const rows = await readdir(join(root, ...prefix.split('/')), { withFileTypes: true }).catch(
      (error: unknown) => {
        if (isMissing(error)) return []
        throw error
      },
    )
    for (const row of rows) {
      const name = `${prefix}/${row.name}`
      if (row.isDirectory()) await listLoose(folders, name, values)
      else if (isRefName(name)) {
        const value = parseValue(await readText(refFile(folders, name)))
        if (value !== null) values.set(name, value)
      }
    }
    if (prefix !== 'refs') break
  }
}

function parseValue(text: string | null): string | null {
  if (text === null) return null
  const value = text.trimEnd()
  if (isOid(value)) return value
  const symbolic = /^ref:\s*(\S.*)$/.exec(value)
  return symbolic?.[1] === undefined ? null : `ref: ${symbolic[1]}`
}
