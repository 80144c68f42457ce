import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { git } from './git.ts'

/** A bare repository that takes pushes, made of a fast-import stream on first use, and packed as one. */
export async function importedRepository(
  path: string,
  stream: () => Iterable<string>,
  config: Readonly<Record<string, string>> = { 'http.receivepack': 'true' },
): Promise<string> {
  if (existsSync(path)) return path
  const making = `${path}.${process.pid}.tmp`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true })
  await git(['init', '-q', '--bare', '-b', 'main', making])
  for (const [key, value] of Object.entries(config)) await git(['-C', making, 'config', key, value])
  await fastImport(making, stream())
  await git(['-C', making, 'repack', '-adq'])
  await git(['-C', making, 'prune-packed', '-q'])
  await git(['-C', making, 'update-server-info'])
  await rename(making, path)
  return path
}

/** Feeds `git fast-import` (git-fast-import(1)). */
export async function fastImport(repo: string, stream: Iterable<string>): Promise<void> {
  const child = spawn('git', ['-C', repo, 'fast-import', '--quiet', '--force'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`git fast-import ended with ${code}`)),
    )
  })
  for (const part of stream) {
    if (!child.stdin.write(part)) await new Promise((resolve) => child.stdin.once('drain', resolve))
  }
  child.stdin.end()
  await ended
}

/** The head of a commit; `at` counts hours. What follows changes files. */
export function commitHeader(message: string, at: number, branch = 'main'): string {
  const who = `Bench <bench@example.com> ${1_700_000_000 + at * 3600} +0000`
  return `commit refs/heads/${branch}\nauthor ${who}\ncommitter ${who}\n${data(message)}`
}

export function fileModify(path: string, text: string): string {
  return `M 100644 inline ${path}\n${data(text)}`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}
