import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launchBrowser, type TestBrowser } from '../test/support/browser.ts'
import { removeFolder } from './support.ts'

/** One page in a browser of its own, on a profile on disk. */
export interface BenchTab {
  readonly page: Page
  /** Proportional set size of all renderer processes, in bytes; undefined where the system does not tell. */
  rendererBytes(): Promise<number | undefined>
  /** JavaScript heap (and buffers) of the page and its workers after a forced collection, in bytes. */
  heapBytes(): Promise<number>
  /** Rejects when the page or a worker of it throws outside of a call, or crashes. */
  readonly failed: Promise<never>
  /** Ends the browser. The profile stays. */
  close(): Promise<void>
}

/** An empty profile on disk; `remove` when done. */
export async function freshProfile(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'espalier-bench-profile-'))
  return { path, remove: () => removeFolder(path) }
}

/** A browser is busy with itself right after its start; that is nobody's figure. */
const browserStartMs = 1000

/** Starts a browser on a profile, waits for the page to load and for the browser to settle. */
export async function openTab(url: string, profileDir: string): Promise<BenchTab> {
  const browser = await launchBrowser({ profileDir })
  const page = await browser.newPage()
  const failed = new Promise<never>((_, reject) => {
    page.once('pageerror', reject)
    page.once('crash', () => reject(new Error('The page crashed')))
  })
  failed.catch(() => {}) // whoever waits for it hears of it
  await page.goto(url)
  await new Promise((resolve) => setTimeout(resolve, browserStartMs))
  return {
    page,
    failed,
    rendererBytes: () => rendererBytes(browser),
    heapBytes: () => heapBytes(page),
    close: async () => void (await browser.kill()),
  }
}

/** Runs `work` in a new browser on a new profile and removes both. */
export async function inFreshTab<T>(url: string, work: (tab: BenchTab) => Promise<T>): Promise<T> {
  const profile = await freshProfile()
  try {
    const tab = await openTab(url, profile.path)
    try {
      return await Promise.race([work(tab), tab.failed])
    } finally {
      await tab.close()
    }
  } finally {
    await profile.remove()
  }
}

/** Samples the renderers until stopped; resolves with the greatest sum seen. */
export function watchPeak(tab: BenchTab): { stop(): Promise<number | undefined> } {
  let peak: number | undefined
  const stop = new AbortController()
  const watching = (async () => {
    while (!stop.signal.aborted) {
      const bytes = await tab.rendererBytes()
      if (bytes === undefined) return
      peak = Math.max(peak ?? 0, bytes)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  })()
  return {
    stop: async () => {
      stop.abort()
      await watching
      return peak
    },
  }
}

/** Linux only: /proc/<pid>/smaps_rollup (proc(5)) of every renderer in the browser's process group. */
async function rendererBytes(browser: TestBrowser): Promise<number | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
      // The fields after the parenthesised name: state, parent, process group.
      const group = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]
      if (group !== String(browser.pid)) return 0
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (!command.includes('--type=renderer')) return 0
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
      return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
    }),
  )
  const sum = sizes.reduce((total, size) => total + size, 0)
  return sum === 0 ? undefined : sum
}

interface HeapUsage {
  readonly usedSize: number
  readonly embedderHeapUsedSize?: number
  readonly backingStorageSize?: number
}

/** Collects garbage and asks for the heap in the page and in each of its workers (Chrome DevTools Protocol). */
async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  const total = async (send: (method: string) => Promise<unknown>): Promise<number> => {
    await send('HeapProfiler.collectGarbage')
    const usage = (await send('Runtime.getHeapUsage')) as HeapUsage // the protocol's documented answer
    return usage.usedSize + (usage.backingStorageSize ?? 0)
  }
  const inPage = await total((method) => session.send(method as 'Runtime.getHeapUsage'))
  const workers: string[] = []
  const waiting = new Map<string, (answer: unknown) => void>()
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') workers.push(sessionId)
  })
  session.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
    const { id, result } = JSON.parse(message) as { id?: number; result?: unknown }
    if (id !== undefined) waiting.get(`${sessionId} ${id}`)?.(result)
  })
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  })
  let sum = inPage
  let nextId = 1
  for (const sessionId of workers) {
    sum += await total((method) => {
      const id = nextId++
      return new Promise((resolve, reject) => {
        waiting.set(`${sessionId} ${id}`, resolve)
        session
          .send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) })
          .catch(reject)
      })
    })
  }
  await session.detach()
  return sum
}
