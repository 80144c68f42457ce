import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { EspalierError } from '../../src/protocol/errors.ts'
import type { Arguments } from '../arguments.ts'
import { UsageError, type CliIo } from '../io.ts'
import { openFolderSource } from './folder-source.ts'
import { openRemoteSource } from './remote-source.ts'
import type { Source } from './version.ts'

/**
 * Opens what `--database` (or the argument in its place) names: a folder, a bundle file or an address. Without
 * either it is this folder, or the nearest one above it that holds a database. Throws `remote/*` and
 * `storage/unavailable`.
 */
export async function openSource(args: Arguments, io: CliIo, place?: number): Promise<Source> {
  const given = place === undefined ? undefined : args.argument(place)
  const option = args.value('database')
  if (given !== undefined && option !== undefined)
    throw new UsageError('Name the database once: as the argument or with --database.')
  const name = given ?? option
  if (name === undefined) return openFolderSource('.', await nearestDatabase(io.cwd))
  return openNamedSource(name, io)
}

/** Opens a folder, a bundle file or an address. Throws `remote/*` and `storage/unavailable`. */
export async function openNamedSource(
  name: string,
  { cwd, env }: Pick<CliIo, 'cwd' | 'env'>,
): Promise<Source> {
  // Addresses of other kinds get the engine's own advice.
  if (/^[a-z][a-z+]+:\/\//i.test(name) || /^[\w.-]+@[\w.-]+:/.test(name))
    return openRemoteSource(name, { env })
  const path = resolve(cwd, name)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) {
    throw new EspalierError('storage/unavailable', `There is no folder or file ${name}.`, { data: { path } })
  }
  if (found.isDirectory()) return openFolderSource(name, path)
  return openRemoteSource(name, { env, bundle: new Uint8Array(await readFile(path)) })
}

/** The folder itself when it or none above it, up to the top of its repository, is a database. */
async function nearestDatabase(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, '.ingitdb'))) return at
    if ((await exists(join(at, '.git'))) || dirname(at) === at) return folder
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
