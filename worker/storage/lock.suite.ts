import { isEspalierError } from '../../src/protocol/errors.ts'
import type { RepositoryLock } from './lock.ts'
import { same } from './storage.suite.ts'

/** One promise of a repository lock. `left` and `right` are two holders of the same repository's locks. */
export interface LockCase {
  readonly name: string
  run(left: RepositoryLock, right: RepositoryLock): Promise<void>
}

/** The shared suite of lock implementations; it needs no test runner, so that it runs in a browser page too. */
export const lockCases: readonly LockCase[] = [
  {
    name: 'Writers run one after the other and get their results and errors',
    async run(left, right) {
      const seen: string[] = []
      const write = (lock: RepositoryLock, who: string): Promise<string> =>
        lock.exclusive(async () => {
          seen.push(`${who} in`)
          await Promise.resolve()
          seen.push(`${who} out`)
          if (who === 'b') throw new Error('b failed')
          return who
        })
      const results = await Promise.allSettled([write(left, 'a'), write(right, 'b'), write(left, 'c')])
      same(seen, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
      same(
        results.map((result) => result.status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
    },
  },
  {
    name: 'A waiting writer gives up on its signal; the others keep their order',
    async run(left, right) {
      let finish = (): void => {}
      let started = (): void => {}
      const running = new Promise<void>((resolve) => (started = resolve))
      const first = left.exclusive(() => {
        started()
        return new Promise<void>((resolve) => (finish = resolve))
      })
      await running
      const abort = new AbortController()
      let ran = false
      const second = right.exclusive(async () => void (ran = true), { signal: abort.signal })
      const third = left.exclusive(async () => 'third', { signal: new AbortController().signal })
      abort.abort()
      same(await codeOf(second), 'remote/aborted')
      same(await codeOf(right.exclusive(async () => 1, { signal: AbortSignal.abort() })), 'remote/aborted')
      finish()
      await first
      same([await third, ran], ['third', false])
    },
  },
  {
    name: 'A signal that comes while the work runs does not hide its error',
    async run(left) {
      const abort = new AbortController()
      const working = left.exclusive(
        async () => {
          abort.abort()
          throw new Error('of the work')
        },
        { signal: abort.signal },
      )
      same(await working.catch((error: Error) => error.message), 'of the work')
    },
  },
  {
    name: 'Nothing runs while anybody holds the shared lock; releasing twice is once',
    async run(left, right) {
      const releases = [await left.holdShared('g1'), await right.holdShared('g1')]
      const none = async (): Promise<void> => {
        throw new Error('must not run')
      }
      same(await left.whenUnheld('g1', none), false)
      releases[0]?.()
      releases[0]?.()
      same(await left.whenUnheld('g1', none), false)
      releases[1]?.()
      let ran = 0
      const runs = async (): Promise<boolean> => left.whenUnheld('g1', async () => void ran++)
      while (!(await runs())) await Promise.resolve() // a Web Lock's release takes a moment
      same([ran, await right.whenUnheld('g2', async () => void ran++), ran], [1, true, 2])
    },
  },
  {
    name: 'Whether anybody holds a shared lock is told, to many at once',
    async run(left, right) {
      const held = (): Promise<readonly boolean[]> =>
        Promise.all([left.isHeld('h1'), right.isHeld('h1'), right.isHeld('h2')])
      same(await held(), [false, false, false])
      const release = await left.holdShared('h1')
      same(await held(), [true, true, false])
      release()
      while ((await held())[0]) await Promise.resolve()
      same(await held(), [false, false, false])
    },
  },
  {
    name: 'Who gave its own shared lock back is not turned away by it',
    async run(left) {
      for (let round = 0; round < 20; round++) {
        const release = await left.holdShared('own')
        release()
        same(await left.whenUnheld('own', async () => {}), true)
      }
    },
  },
  {
    name: 'Who wants to share waits while work runs unheld, and a second worker is turned away',
    async run(left, right) {
      let finish = (): void => {}
      let started = (): void => {}
      const running = new Promise<void>((resolve) => (started = resolve))
      const seen: string[] = []
      const removing = left.whenUnheld('g', () => {
        started()
        return new Promise<void>((resolve) => (finish = resolve))
      })
      await running
      const holding = (async () => {
        const release = await right.holdShared('g')
        seen.push('held')
        return release
      })()
      same(await right.whenUnheld('g', async () => {}), false)
      seen.push('removed')
      finish()
      same(await removing, true)
      const release = await holding
      release()
      same(seen, ['removed', 'held'])
    },
  },
  {
    name: 'Work that fails while unheld rejects and sets the lock free',
    async run(left) {
      const failing = left.whenUnheld('f', () => Promise.reject(new Error('of the work')))
      same(await failing.catch((error: Error) => error.message), 'of the work')
      const release = await left.holdShared('f')
      release()
    },
  },
]

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (isEspalierError(error) ? error.code : String(error)),
  )
}
