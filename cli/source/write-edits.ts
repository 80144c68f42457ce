import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { FileEdit } from '../../worker/format/file-edit.ts'

/**
 * Writes planned files into a folder. Every new content is on the disk beside its place before the first file
 * changes, so that a full disk or a refused folder leaves everything as it was. Throws `git/unsafe-path` for
 * paths that leave the folder or go through a symbolic link.
 */
export async function writeEdits(folder: string, edits: readonly FileEdit[]): Promise<void> {
  const root = await realpath(folder)
  const staged: { readonly from: string; readonly to: string }[] = []
  const gone: string[] = []
  for (const edit of edits) await checkPath(root, edit.path)
  try {
    for (const edit of edits) {
      const to = join(root, edit.path)
      if ('delete' in edit) {
        gone.push(to)
        continue
      }
      const bytes = 'bytes' in edit ? edit.bytes : await readFile(await checkedSource(root, edit.from))
      if ('from' in edit) gone.push(join(root, edit.from))
      await mkdir(dirname(to), { recursive: true })
      const from = join(dirname(to), `.espalier-${randomUUID()}`)
      staged.push({ from, to })
      await writeFile(from, bytes, { flag: 'wx' })
    }
  } catch (error) {
    for (const { from } of staged) await rm(from, { force: true })
    throw error
  }
  const written = new Set(staged.map(({ to }) => to))
  for (const path of gone) if (!written.has(path)) await rm(path, { force: true })
  for (const { from, to } of staged) await rename(from, to)
  for (const path of gone) await removeEmptyFolders(root, dirname(path))
}

async function checkedSource(root: string, path: string): Promise<string> {
  await checkPath(root, path)
  return join(root, path)
}

async function checkPath(root: string, path: string): Promise<void> {
  const names = path.split('/')
  const isUnsafe = names.some(
    (name) => name === '' || name === '.' || name === '..' || name.includes('\\') || /^\.git$/i.test(name),
  )
  if (isUnsafe) throw unsafePath(path)
  let at = root
  for (const name of names) {
    at = join(at, name)
    const found = await lstat(at).catch(() => undefined)
    if (found === undefined) return
    if (found.isSymbolicLink()) throw unsafePath(path)
  }
}

function unsafePath(path: string): EspalierError {
  return new EspalierError(
    'git/unsafe-path',
    `"${path}" leaves the folder or goes through a symbolic link; nothing was written.`,
    { data: { path } },
  )
}

async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let at = folder; at.length > root.length && at.startsWith(root); at = dirname(at)) {
    // Only an empty folder can be removed; the first one that is not ends it.
    const removed = await rmdir(at).then(
      () => true,
      () => false,
    )
    if (!removed) return
  }
}
