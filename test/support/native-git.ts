import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A git repository of native git in a temporary folder. */
export interface NativeRepository {
  readonly path: string
  /** Runs git there and answers its output. */
  git(args: readonly string[], input?: string | Uint8Array): Buffer
  /** The bytes of its only pack and of the pack's index. */
  pack(): { readonly pack: Uint8Array; readonly index: Uint8Array; readonly path: string }
  write(file: string, text: string | Uint8Array): void
  remove(): void
}

const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_DATE: '1700000000 +0000',
}

/** Makes an empty repository. Remove it after the test. */
export function createNativeRepository(options: { readonly bare?: boolean } = {}): NativeRepository {
  const path = mkdtempSync(join(tmpdir(), 'espalier-git-'))
  const repository: NativeRepository = {
    path,
    git: (args, input) =>
      execFileSync('git', args, {
        cwd: path,
        env: environment,
        input,
        maxBuffer: 1 << 28,
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    pack() {
      const folder = join(path, options.bare ? '' : '.git', 'objects', 'pack')
      const names = readdirSync(folder).filter((name) => name.endsWith('.pack'))
      const [name] = names
      if (name === undefined || names.length > 1) throw new Error(`Expected one pack, found ${names.length}.`)
      const packPath = join(folder, name)
      const bytes = (file: string): Uint8Array => new Uint8Array(readFileSync(file))
      return { pack: bytes(packPath), index: bytes(packPath.replace(/pack$/, 'idx')), path: packPath }
    },
    write(file, text) {
      mkdirSync(join(path, file, '..'), { recursive: true })
      writeFileSync(join(path, file), text)
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
  repository.git(['init', '-q', '-b', 'main', ...(options.bare ? ['--bare'] : [])])
  return repository
}

/**
 * A repository with history that packs into chains of deltas: a long text and a folder of small files, edited
 * here and there over many commits, and an annotated tag.
 */
export function createRepositoryWithDeltas(commits = 30): NativeRepository {
  const repository = createNativeRepository()
  const lines = Array.from({ length: 400 }, (_, i) => `line ${i}: ${(i * 2_654_435_761) % 4_294_967_296}`)
  for (let commit = 0; commit < commits; commit++) {
    lines[(commit * 37) % lines.length] = `edited in commit ${commit}`
    repository.write('long.txt', `${lines.join('\n')}\n`)
    repository.write(
      `folder/record-${commit}.json`,
      `${JSON.stringify({ commit, name: `Köln ${commit}` }, null, 2)}\n`,
    )
    if (commit % 5 === 0) repository.write('empty', '')
    repository.git(['add', '-A'])
    repository.git(['commit', '-q', '-m', `Commit ${commit}`])
  }
  repository.git(['tag', '-a', 'v1', '-m', 'A tag'])
  repository.git(['repack', '-adfq', '--depth=50', '--window=50'])
  return repository
}

/** All objects of a repository as native git reads them, by id. */
export function readAllObjects(
  repository: NativeRepository,
): Map<string, { readonly type: string; readonly bytes: Buffer }> {
  const output = repository.git(['cat-file', '--batch-all-objects', '--batch'])
  const objects = new Map<string, { type: string; bytes: Buffer }>()
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(10, at)
    const [oid = '', type = '', size = '0'] = output.toString('latin1', at, end).split(' ')
    objects.set(oid, { type, bytes: output.subarray(end + 1, end + 1 + Number(size)) })
    at = end + 1 + Number(size) + 1
  }
  return objects
}
