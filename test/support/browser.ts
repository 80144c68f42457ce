import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { extrasAsset } from '../../scripts/support/extras-asset.ts'
import { findBrowser } from '../../scripts/support/find-browser.mjs'
import { createStaticHandler, type Handler, serve } from '../../scripts/support/static-server.mjs'
import { cutTornRecords } from './leveldb-logs.ts'
import { svelteComponents } from './svelte-components.ts'

const root = resolve(import.meta.dirname, '..', '..')

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  // Pages of the browser's own, loaded ahead for its address bar: half of the processor time of a start (3.2 s, 1.6 without).
  '--disable-features=PreloadTopChromeWebUI,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup',
]

/** A machine that many share may take long: only a browser that hangs for good shall fail. */
const connectTimeoutMs = 120_000

/** A real browser in its own process group, so that a kill reaches every one of its processes. */
export interface TestBrowser {
  /** The persistent context of the profile: its storage outlives the browser. */
  readonly context: BrowserContext
  readonly browser: Browser
  /** The browser's main process (also the id of its process group). */
  readonly pid: number
  newPage(url?: string): Promise<Page>
  /**
   * SIGKILL for the whole group, as a crash of the machine's browser would be. The profile stays; what the kill left
   * unfinished at the end of the browser's logs is cut off and answered ({@link cutTornRecords} says why).
   */
  kill(): Promise<readonly string[]>
  /** Ends the browser; removes the profile when it was made here. */
  close(): Promise<void>
}

/** Starts Chromium. With `profileDir` a later launch sees what an earlier one stored, also after `kill()`. */
export async function launchBrowser(
  options: { readonly profileDir?: string; readonly args?: readonly string[] } = {},
): Promise<TestBrowser> {
  const program = findBrowser()
  if (program === null) throw new Error('No browser: set CHROME_PATH, or run `npm test`, which says how.')
  const profileDir = options.profileDir ?? (await makeTempFolder('espalier-profile-'))
  const args = [
    ...flags,
    ...(options.args ?? []),
    '--remote-debugging-port=0',
    `--user-data-dir=${profileDir}`,
  ]
  const child = spawn(program, [...args, 'about:blank'], {
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = new Promise<void>((done) => child.once('exit', () => done()))
  running.add(child)
  void gone.then(() => running.delete(child))
  const browser = await chromium.connectOverCDP(await debuggerUrl(child), { timeout: connectTimeoutMs })
  const context = browser.contexts()[0]
  if (context === undefined) throw new Error('The browser has no default context')

  const kill = async (): Promise<readonly string[]> => {
    killGroup(child)
    await gone
    await browser.close().catch(() => {})
    return cutTornRecords(join(profileDir, 'Default', 'IndexedDB'))
  }
  return {
    context,
    browser,
    pid: child.pid ?? 0,
    newPage: async (url) => {
      const page = await context.newPage()
      if (url !== undefined) await page.goto(url)
      return page
    },
    kill,
    close: async () => {
      await kill()
      if (options.profileDir === undefined) await removeFolder(profileDir)
    },
  }
}

const running = new Set<ChildProcess>()

// A test file that fails half-way must not leave a browser behind.
process.once('exit', () => {
  for (const child of running) killGroup(child)
})

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended by itself in between.
  }
}

function debuggerUrl(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000)
      const url = /DevTools listening on (ws:\/\/\S+)/.exec(output)?.[1]
      if (url !== undefined) done(url)
    })
    child.once('error', fail)
    child.once('exit', (code) =>
      fail(new Error(`The browser ended with ${code} before it was ready:\n${output}`)),
    )
  })
}

/** A page (or several) built by Vite and served under the strict Content-Security-Policy. */
export interface ServedPage {
  /** The page's address, with a final slash. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Builds `entry` (a TypeScript module, path relative to the project's root) with Vite, workers included, and serves
 * it as a page on a free port with the strict policy on every response. `routes` mounts further handlers by path
 * prefix (a git server, a static repository).
 */
export async function servePage(options: {
  readonly entry: string
  readonly title?: string
  readonly routes?: Readonly<Record<string, Handler>>
  readonly port?: number
  /** As an app would ship it. */
  readonly minify?: boolean
  /** Replaces the strict policy (a test of a wider or narrower one). */
  readonly policy?: string
}): Promise<ServedPage> {
  const folder = await makeTempFolder('espalier-page-')
  await build({
    configFile: false,
    root,
    base: './',
    publicDir: false,
    logLevel: 'error',
    worker: { format: 'es' },
    plugins: [extrasAsset(), svelteComponents()],
    build: {
      outDir: folder,
      target: 'es2022',
      minify: options.minify ?? false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: { page: resolve(root, options.entry) },
        output: { entryFileNames: '[name].js' },
        preserveEntrySignatures: 'strict',
      },
    },
  })
  const title = options.title ?? options.entry
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
      `<script type="module" src="./page.js"></script></html>\n`,
  )
  return serveFolder(folder, options, () => removeFolder(folder))
}

/** Builds the playground as `npm run build:demo` does, into a temporary folder, and serves it like `servePage`. */
export async function servePlayground(
  options: { readonly routes?: Readonly<Record<string, Handler>>; readonly port?: number } = {},
): Promise<ServedPage> {
  const outDir = await makeTempFolder('espalier-playground-')
  await build({
    configFile: resolve(root, 'vite.demo.config.ts'),
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
  })
  return serveFolder(outDir, options, () => removeFolder(outDir))
}

async function serveFolder(
  folder: string,
  options: {
    readonly routes?: Readonly<Record<string, Handler>>
    readonly port?: number
    readonly policy?: string
  },
  cleanUp: () => Promise<void>,
): Promise<ServedPage> {
  const server = await serve({
    port: options.port ?? 0,
    fallback: createStaticHandler(folder),
    ...(options.routes && { routes: options.routes }),
    ...(options.policy !== undefined && { policy: options.policy }),
  })
  return {
    url: server.url,
    close: async () => {
      await server.close()
      await cleanUp()
    },
  }
}

function makeTempFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix))
}

function removeFolder(path: string): Promise<void> {
  // A killed browser's files may still be closing on Windows.
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}
