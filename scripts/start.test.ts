import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import generated from '../demo/sample/generated.json' with { type: 'json' }

let server: ChildProcess
let url: string
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-start-'))
  server = spawn(process.execPath, [resolve(import.meta.dirname, 'start.mjs')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  url = await printedUrl(server)
})

afterAll(() => {
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('the page, its files and the git server all carry the strict policy', async () => {
  for (const path of ['', 'sample.bundle', 'absent', 'git/sample.git/info/refs?service=git-upload-pack']) {
    const response = await fetch(url + path)
    await response.arrayBuffer()
    expect(response.headers.get('content-security-policy'), path).toBe("default-src 'self'; connect-src *")
  }
})

test('the page learns the address of the git server beside it', async () => {
  const start: unknown = await (await fetch(`${url}espalier-start.json`)).json()
  expect(start).toEqual({
    bundle: 'sample.bundle',
    remotes: [{ title: expect.any(String), url: `${url}git/sample.git` }],
  })
})

test('native git clones the sample from it, and a push needs the printed password', () => {
  const clone = join(folder, 'clone')
  git('clone', '--quiet', `${url}git/sample.git`, clone)
  // A push of another session may have moved main; what the sample made is in its history.
  git('-C', clone, 'merge-base', '--is-ancestor', generated.main, 'HEAD')
  expect(() => git('-C', clone, 'push', '--quiet', '--dry-run', 'origin', 'HEAD:refs/heads/probe')).toThrow()
  const withPassword = `${url.replace('://', '://demo:demo@')}git/sample.git`
  git('-C', clone, 'push', '--quiet', '--dry-run', withPassword, 'HEAD:refs/heads/probe')
})

test('Ctrl-C ends everything', async () => {
  const ended = once(server, 'exit')
  server.kill('SIGINT')
  expect((await ended)[0]).toBe(0)
  await expect(fetch(url)).rejects.toThrow()
})

function git(...args: string[]): void {
  execFileSync('git', args, { env: { ...process.env, GIT_TERMINAL_PROMPT: '0' }, stdio: 'pipe' })
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const found = /Espalier playground\s+(\S+)/.exec(output)?.[1]
      if (found !== undefined && output.includes('Ctrl-C')) done(found)
    })
    child.once('exit', (code) => fail(new Error(`npm start ended with ${code}:\n${output}`)))
  })
}
