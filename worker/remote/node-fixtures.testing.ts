import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseOid, type Oid } from '../git/objects/oid.ts'
import type { FetchRequest, FetchResult, Remote } from './remote.ts'

/** Runs native git in a folder, with a fixed identity and no configuration of this machine. */
export function git(cwd: string, args: readonly string[], input?: Uint8Array | string): string {
  return execFileSync('git', args, {
    cwd,
    ...(input === undefined ? {} : { input }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    env: {
      PATH: process.env['PATH'],
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_AUTHOR_DATE: '2024-01-01T00:00:00Z',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      GIT_COMMITTER_DATE: '2024-01-01T00:00:00Z',
    },
  }).trim()
}

/** A temporary folder for a test file. */
export interface Scratch {
  readonly root: string
  remove(): void
}

export function createScratch(): Scratch {
  const root = mkdtempSync(join(tmpdir(), 'espalier-remote-'))
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** A bare repository with `commits` commits on main, made by native git. Returns its folder. */
export function makeRepository(root: string, name: string, commits: number): string {
  const folder = join(root, name)
  git(root, ['init', '-q', '--bare', '-b', 'main', folder])
  if (commits > 0) addCommits(folder, 'refs/heads/main', commits)
  return folder
}

/** Adds commits to a branch of a bare repository; each changes one file of ten. Returns the tip. */
export function addCommits(folder: string, ref: string, commits: number, label = 'v'): Oid {
  const parent = tryOid(folder, ref)
  const lines: string[] = []
  for (let i = 0; i < commits; i++) {
    const text = `{"label":"${label}","number":${i},"padding":"${'x'.repeat(i % 50)}"}\n`
    const message = `${label} ${i}\n`
    lines.push(
      `commit ${ref}`,
      `committer Ada <ada@example.com> ${1_700_000_000 + i} +0000`,
      `data ${message.length}`,
      message,
    )
    if (i === 0 && parent !== null) lines.push(`from ${parent}`)
    lines.push(`M 100644 inline records/${label}-${i % 10}.json`, `data ${text.length}`, text)
  }
  git(folder, ['fast-import', '--quiet'], `${lines.join('\n')}\n`)
  return oidOf(folder, ref)
}

export function oidOf(folder: string, revision: string): Oid {
  return parseOid(git(folder, ['rev-parse', revision]))
}

function tryOid(folder: string, ref: string): Oid | null {
  try {
    return oidOf(folder, ref)
  } catch {
    return null
  }
}

/** The pack that a push needs, made by native git: everything in `include` that is not in `exclude`. */
export function packObjects(folder: string, include: readonly Oid[], exclude: readonly Oid[]): Uint8Array {
  const revisions = [...include, ...exclude.map((oid) => `^${oid}`)].join('\n')
  return execFileSync('git', ['pack-objects', '--revs', '--stdout', '-q'], {
    cwd: folder,
    input: `${revisions}\n`,
    maxBuffer: 1 << 28,
  })
}

/** What a fetch delivered. */
export interface Received extends FetchResult {
  readonly pack: Uint8Array
}

/** Fetches into memory. */
export async function receive(
  remote: Remote,
  request: Partial<FetchRequest> & Pick<FetchRequest, 'wants'>,
): Promise<Received> {
  const chunks: Uint8Array[] = []
  const result = await remote.fetch({
    haves: [],
    shallow: [],
    onPack: (chunk) => void chunks.push(chunk.slice()),
    ...request,
  })
  return { ...result, pack: Buffer.concat(chunks) }
}

/**
 * Stores a received pack in a bare repository with native git (thin packs are completed). Returns the shallow
 * boundary after it.
 */
export function storePack(folder: string, received: Received, boundary: readonly Oid[] = []): readonly Oid[] {
  if (received.pack.length > 0) git(folder, ['index-pack', '--stdin', '--fix-thin'], received.pack)
  const after = new Set([...boundary, ...received.shallow])
  for (const oid of received.unshallow) after.delete(oid)
  if (after.size > 0) writeFileSync(join(folder, 'shallow'), [...after, ''].join('\n'))
  else rmSync(join(folder, 'shallow'), { force: true })
  return [...after]
}
