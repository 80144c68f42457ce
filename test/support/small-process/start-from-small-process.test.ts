import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openSmallProcess } from './open-small-process.ts'

// The setup of the tests has put them in place: see setup.ts.
const parent = ['-e', 'process.stdout.write(String(process.ppid))']

test('processes that a test starts are not its own children', async () => {
  expect(Number(execFileSync(process.execPath, parent))).not.toBe(process.pid)
  const child = spawn(process.execPath, parent)
  expect(Number(await text(child.stdout))).not.toBe(process.pid)
  const detached = spawn(process.execPath, parent, { detached: true })
  expect(Number(await text(detached.stdout))).toBe(process.pid)
})

test('one that is waited for gives what it printed, and how it ended', () => {
  const program = 'cat; printf "$NAME" >&2; pwd; exit 3'
  const outcome = spawnSync('sh', ['-c', program], {
    cwd: '/',
    env: { NAME: 'é' },
    input: 'in ',
    encoding: 'utf8',
  })
  expect(outcome).toMatchObject({ status: 3, signal: null, stdout: 'in /\n', stderr: 'é' })
  expect(outcome.output).toEqual([null, 'in /\n', 'é'])
  expect(spawnSync('sh', ['-c', 'kill -9 $$'])).toMatchObject({ status: null, signal: 'SIGKILL' })
  const bytes = Uint8Array.from({ length: 300_000 }, (_, n) => n % 251)
  expect(execFileSync('cat', { input: bytes })).toEqual(Buffer.from(bytes))
  expect(execFileSync('sh', ['-c', 'echo no'], { stdio: ['ignore', 'ignore', 'pipe'] })).toBe(null)
})

test('one that fails throws as its caller expects', () => {
  const missing = { code: 'ENOENT', syscall: 'spawnSync /no/such/program', path: '/no/such/program' }
  expect(spawnSync('/no/such/program', ['a']).error).toMatchObject(missing)
  expect(() => execFileSync('/no/such/program')).toThrow(expect.objectContaining(missing))
  const fail = (): unknown =>
    execFileSync('sh', ['-c', 'echo why >&2; exit 2'], { stdio: 'pipe', encoding: 'utf8' })
  expect(fail).toThrow('Command failed: sh -c echo why >&2; exit 2\nwhy')
  expect(fail).toThrow(expect.objectContaining({ status: 2, stderr: 'why\n' }))
  expect(() => execFileSync('yes', { maxBuffer: 1000, stdio: 'pipe' })).toThrow(
    expect.objectContaining({ code: 'ENOBUFS' }),
  )
})

test('one that goes on takes input, prints, ends, and can be killed', async () => {
  const child = spawn('sh', ['-c', 'cat; echo end >&2; exit 4'])
  child.stdin.write('one ')
  child.stdin.end('two')
  const printed = Promise.all([text(child.stdout), text(child.stderr)])
  expect(await once(child, 'close')).toEqual([4, null])
  expect(await printed).toEqual(['one two', 'end\n'])
  expect(child.exitCode).toBe(4)

  const endless = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] })
  await once(endless, 'spawn')
  expect(endless.pid).toBeGreaterThan(0)
  endless.kill()
  expect(await once(endless, 'close')).toEqual([null, 'SIGTERM'])
  const [error] = (await once(spawn('/no/such/program'), 'error')) as unknown[]
  expect(error).toMatchObject({ code: 'ENOENT' })
})

test('who waits for a small process that ends is told, and who asks it after too', () => {
  const small = openSmallProcess()
  const start = { command: 'sh', args: ['-c', 'kill -9 $PPID'], options: {} }
  expect(() => small.run(start)).toThrow('has ended')
  expect(() => small.run(start)).toThrow('has ended')
})
