import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { EspalierError } from '../../../src/protocol/errors.ts'
import type { GitObject, NewObject, ObjectReader, ObjectType } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'

/** A repository of native git in a temporary folder: the oracle of the tests. */
export interface NativeRepository {
  readonly dir: string
  /** Runs git and returns its output; throws with git's own words when it fails. */
  git(args: readonly string[], input?: string | Uint8Array): string
  gitBytes(args: readonly string[], input?: string | Uint8Array): Buffer
  /** Every object of the repository, read at once. */
  objects(): Map<Oid, GitObject>
  /** Writes loose objects as we made them. */
  writeLoose(objects: Iterable<NewObject>): void
  remove(): void
}

/** Makes a bare repository with the branch `main`. */
export function createNativeRepository(): NativeRepository {
  const dir = mkdtempSync(join(tmpdir(), 'espalier-git-'))
  const env = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    HOME: dir,
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
  }
  function gitBytes(args: readonly string[], input?: string | Uint8Array): Buffer {
    const run = spawnSync('git', args, {
      cwd: dir,
      env,
      maxBuffer: 1 << 30,
      ...(input === undefined ? {} : { input }),
    })
    if (run.status !== 0) throw new Error(`git ${args.join(' ')}: ${String(run.stderr)}`)
    return run.stdout
  }
  gitBytes(['init', '-q', '--bare', '-b', 'main', '.'])
  return {
    dir,
    gitBytes,
    git: (args, input) => gitBytes(args, input).toString('utf8'),
    objects: () => parseBatch(gitBytes(['cat-file', '--batch', '--batch-all-objects', '--unordered'])),
    writeLoose(objects) {
      for (const { oid, type, bytes } of objects) {
        const folder = join(dir, 'objects', oid.slice(0, 2))
        const file = join(folder, oid.slice(2))
        if (existsSync(file)) continue
        mkdirSync(folder, { recursive: true })
        writeFileSync(
          file,
          deflateSync(Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]), { level: 1 }),
        )
      }
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** Reads the output of `git cat-file --batch`. */
function parseBatch(output: Buffer): Map<Oid, GitObject> {
  const objects = new Map<Oid, GitObject>()
  let at = 0
  while (at < output.length) {
    const end = output.indexOf(0x0a, at)
    const [oid, type, size] = output.toString('latin1', at, end).split(' ')
    const length = Number(size)
    const bytes = new Uint8Array(output.subarray(end + 1, end + 1 + length))
    objects.set(oid as Oid, { type: type as ObjectType, bytes }) // git's own words
    at = end + 1 + length + 1
  }
  return objects
}

/** A reader over objects in memory. */
export function memoryReader(objects: ReadonlyMap<Oid, GitObject>): ObjectReader {
  return {
    async read(oid) {
      const object = objects.get(oid)
      if (object === undefined)
        throw new EspalierError('git/object-missing', `No object ${oid}.`, { data: { oid } })
      return object
    },
    has: (oid) => objects.has(oid),
  }
}
