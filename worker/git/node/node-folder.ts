import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { EspalierError } from '../../../src/protocol/errors.ts'

/** The folders of a repository of native git. They differ in a linked worktree only. */
export interface GitFolders {
  /** HEAD and its reflog. */
  readonly gitDir: string
  /** Refs, packed-refs, shallow, config. */
  readonly commonDir: string
  /** Object folders: our own first, then alternates. */
  readonly objectDirs: readonly string[]
  readonly bare: boolean
  /** core.logAllRefUpdates, with git's default. */
  readonly logsRefs: boolean
}

// What we understand or may ignore when reading and when adding packs and refs.
const knownExtensions: ReadonlySet<string> = new Set([
  'noop',
  'noop-v1',
  'preciousobjects',
  'partialclone',
  'worktreeconfig',
  'relativeworktrees',
])
// git allows five levels too (object-file.c, link_alt_odb_entries).
const maximumAlternates = 5

/**
 * Finds the repository at a path: a working tree, its `.git`, a `.git` file of a worktree, or a bare one. Throws
 * `git/unsupported`, `git/sha256-unsupported`, and `remote/not-found` where there is none.
 */
export async function findGitFolders(path: string): Promise<GitFolders> {
  const gitDir = await findGitDir(resolve(path))
  const common = await readText(join(gitDir, 'commondir'))
  const commonDir = common === null ? gitDir : resolve(gitDir, common.trim())
  const config = parseConfig((await readText(join(commonDir, 'config'))) ?? '')
  checkFormat(commonDir, config)
  const bare = config.get('core.bare') === 'true'
  const logs = config.get('core.logallrefupdates')
  return {
    gitDir,
    commonDir,
    objectDirs: await withAlternates(join(commonDir, 'objects'), 0),
    bare,
    logsRefs: logs === undefined ? !bare : logs === 'true' || logs === 'always',
  }
}

async function findGitDir(path: string): Promise<string> {
  for (const candidate of [path, join(path, '.git')]) {
    const found = await stat(candidate).catch(() => null)
    if (found === null) continue
    if (found.isFile()) {
      const match = /^gitdir: (.+?)\s*$/.exec((await readText(candidate)) ?? '')
      if (match?.[1] !== undefined) return resolve(dirname(candidate), match[1])
    } else if (await isGitDir(candidate)) {
      return candidate
    }
  }
  throw new EspalierError('remote/not-found', `There is no git repository at ${path}.`, { data: { path } })
}

async function isGitDir(path: string): Promise<boolean> {
  const head = await stat(join(path, 'HEAD')).catch(() => null)
  const objects = await stat(join(path, 'objects')).catch(() => null)
  const linked = await stat(join(path, 'commondir')).catch(() => null)
  return head !== null && (objects?.isDirectory() === true || linked !== null)
}

function checkFormat(path: string, config: ReadonlyMap<string, string>): void {
  const format = config.get('extensions.objectformat') ?? 'sha1'
  if (format !== 'sha1') {
    throw new EspalierError(
      'git/sha256-unsupported',
      `The repository at ${path} uses ${format} object ids; only SHA-1 repositories can be opened.`,
      { data: { path, format } },
    )
  }
  const unsupported = (feature: string): EspalierError =>
    new EspalierError(
      'git/unsupported',
      `The repository at ${path} uses ${feature}, which is not supported.`,
      {
        data: { path, feature },
      },
    )
  const version = Number(config.get('core.repositoryformatversion') ?? 0)
  if (!(version <= 1)) throw unsupported(`repository format ${version}`)
  const refStorage = config.get('extensions.refstorage') ?? 'files'
  if (refStorage !== 'files') throw unsupported(`the ref storage "${refStorage}"`)
  if (version < 1) return
  for (const [key, value] of config) {
    if (!key.startsWith('extensions.')) continue
    const name = key.slice('extensions.'.length)
    if (name === 'objectformat' || name === 'refstorage' || knownExtensions.has(name)) continue
    throw unsupported(`the extension ${name} = ${value}`)
  }
}

/** The settings of a git config file that have no subsection, as `section.key` in lower case; the last one wins. */
export function parseConfig(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  let section = ''
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
    const header = /^\[([^\]"]*?)(\s+"[^"]*")?\](.*)$/.exec(trimmed)
    if (header !== null) {
      section = header[2] === undefined ? (header[1] ?? '').trim().toLowerCase() : ''
      if ((header[3] ?? '').trim() === '') continue
    }
    const setting = /^([A-Za-z][-A-Za-z0-9]*)\s*(?:=\s*(.*))?$/.exec(
      header === null ? trimmed : (header[3] ?? '').trim(),
    )
    if (setting?.[1] === undefined || section === '') continue
    const raw = setting[2]
    const value =
      raw === undefined
        ? 'true'
        : raw
            .replace(/\s*[#;].*$/, '')
            .replace(/^"(.*)"$/, '$1')
            .trim()
    const boolean = /^(?:yes|on|true|1)$/i.test(value)
      ? 'true'
      : /^(?:no|off|false)$/i.test(value)
        ? 'false'
        : null
    const key = `${section}.${setting[1].toLowerCase()}`
    settings.set(key, key === 'core.repositoryformatversion' ? value : (boolean ?? value))
  }
  return settings
}

async function withAlternates(objectDir: string, depth: number): Promise<readonly string[]> {
  const dirs = [objectDir]
  if (depth >= maximumAlternates) return dirs
  const text = (await readText(join(objectDir, 'info', 'alternates'))) ?? ''
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    for (const dir of await withAlternates(resolve(objectDir, line), depth + 1)) {
      if (!dirs.includes(dir)) dirs.push(dir)
    }
  }
  return dirs
}

/** A file's text, or null when it does not exist. */
export async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** True for the errors of a path that does not exist. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR') || hasCode(error, 'EISDIR')
}

/** True for a file system error with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
