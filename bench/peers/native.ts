import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { git } from '../git.ts'
import { changeStream, type Dataset, repository } from '../repositories.ts'
import { removeFolder, timed } from '../support.ts'

/** `git clone --no-checkout` into a new folder, which is removed again outside the measured time. */
export async function nativeClone(url: string, folder: string, depth: 'tip' | 'full'): Promise<number> {
  const target = join(folder, 'native-clone')
  await removeFolder(target)
  const ms = await timed(() =>
    git(['clone', '-q', '--no-checkout', ...(depth === 'tip' ? ['--depth', '1'] : []), url, target]),
  )
  await removeFolder(target)
  return ms
}

/** A bare clone on this disk, ready to commit into. */
export async function nativeCopy(set: Dataset, folder: string): Promise<string> {
  const target = join(folder, `native-${set.name}.git`)
  await removeFolder(target)
  await git(['clone', '-q', '--bare', await repository(set), target])
  await git(['-C', target, 'config', 'gc.auto', '0'])
  return target
}

/** One commit of `count` changed records through `git fast-import`, its input ready in a file. */
export async function nativeCommit(
  repo: string,
  set: Dataset,
  count: number,
  version: number,
): Promise<number> {
  const input = `${repo}.stream`
  await pipeline(Readable.from(changeStream(set, count, version)), createWriteStream(input))
  const file = await open(input)
  const ms = await timed(
    () =>
      new Promise<void>((resolve, reject) => {
        const child = spawn('git', ['-C', repo, 'fast-import', '--quiet', '--done'], {
          stdio: [file.fd, 'ignore', 'inherit'],
        })
        child.once('error', reject)
        child.once('close', (code) =>
          code === 0 ? resolve() : reject(new Error(`git fast-import ended with ${code}`)),
        )
      }),
  )
  await file.close()
  await rm(input)
  return ms
}

/** `git push` of what was committed. */
export function nativePush(repo: string, url: string): Promise<number> {
  return timed(() => git(['-C', repo, 'push', '-q', url, 'main:main']))
}
