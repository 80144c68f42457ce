import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import webpack from 'webpack'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStaticHandler, serve } from '../../scripts/support/static-server.mjs'
import type { Database } from '../../src/client/database.ts'
import { launchBrowser, type TestBrowser } from '../support/browser.ts'
import { git, makeBareRepository, smallDatabase, temporaryFolder } from '../support/git-repositories.ts'
import { tsc } from '../support/tsc.ts'

/** What the app puts on its page. */
declare const openBundle: (name: string) => Promise<Database>

const root = resolve(import.meta.dirname, '..', '..')

/** The app, but for the options that its bundler needs. */
const appSource = (options: string): string => `
import { open, type Database } from 'espalier'

declare global {
  var openBundle: (name: string) => Promise<Database>
}
globalThis.openBundle = async (name) => {
  const bundle = new Uint8Array(await (await fetch('./' + name)).arrayBuffer())
  return open('https://git.example.com/app.git', { bundle${options} })
}
`
// Two lines of docs/bundlers.md.
const withWorker = ", worker: './worker.js'"
const workerSource = "export * from 'espalier/worker'\nimport { serve } from 'espalier/worker'\nserve()\n"

/** As `npm pack` makes it and `npm install` lays it: only what is published, its dependencies beside it. */
function installPackage(app: string): void {
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', app], { cwd: root })
  const tarball = readdirSync(app).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack made no tarball')
  const modules = join(app, 'node_modules')
  mkdirSync(join(modules, 'espalier'), { recursive: true })
  execFileSync('tar', ['xzf', join(app, tarball), '-C', join(modules, 'espalier'), '--strip-components=1'])
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  for (const name of Object.keys(dependencies)) {
    mkdirSync(join(modules, name, '..'), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'dir')
  }
}

const builds: Readonly<Record<string, (app: string, out: string) => Promise<void>>> = {
  async Vite(app, out) {
    writeFileSync(
      join(app, 'index.html'),
      '<!doctype html><title>App</title><script type="module" src="/app.ts"></script>',
    )
    writeFileSync(join(app, 'app.ts'), appSource(''))
    await vite({
      configFile: false,
      root: app,
      base: './',
      logLevel: 'error',
      build: { outDir: out, emptyOutDir: true },
    })
  },
  async webpack(app, out) {
    // Types are stripped first: webpack itself reads JavaScript.
    await esbuild({
      stdin: { contents: appSource(''), loader: 'ts' },
      format: 'esm',
      outfile: join(app, 'app.js'),
    })
    await new Promise<void>((done, fail) => {
      const config = {
        mode: 'production',
        context: app,
        entry: './app.js',
        output: { path: out, filename: 'app.js' },
      } as const
      webpack(config, (error, stats) => {
        if (error) fail(error)
        else if (stats?.hasErrors()) fail(new Error(stats.toString()))
        else done()
      })
    })
    writeFileSync(join(out, 'index.html'), '<!doctype html><title>App</title><script src="app.js"></script>')
  },
  async esbuild(app, out) {
    writeFileSync(join(app, 'app.ts'), appSource(withWorker))
    writeFileSync(join(app, 'worker.ts'), workerSource)
    const entryPoints = [join(app, 'app.ts'), join(app, 'worker.ts')]
    await esbuild({ entryPoints, bundle: true, format: 'esm', minify: true, outdir: out, logLevel: 'error' })
    writeFileSync(
      join(out, 'index.html'),
      '<!doctype html><title>App</title><script type="module" src="app.js"></script>',
    )
  },
}

/** What a fresh app of each bundler makes of the package; `dist` has been built. */
export function describeBundlers(): void {
  describe('the published package, installed in a fresh app', () => {
    const app = mkdtempSync(join(tmpdir(), 'espalier-app-'))
    const folder = temporaryFolder()
    let bundle: string
    let browser: TestBrowser

    beforeAll(async () => {
      installPackage(app)
      const bare = makeBareRepository(folder.path, 'app', smallDatabase)
      git(bare, 'bundle', 'create', '-q', 'all.bundle', '--all')
      bundle = join(bare, 'all.bundle')
      browser = await launchBrowser()
    }, 240_000)
    afterAll(async () => {
      await browser.close()
      folder.remove()
      rmSync(app, { recursive: true, force: true })
    })

    test.each(Object.keys(builds))(
      '%s builds it, and the app reads, writes, queries and commits in a browser',
      async (name) => {
        const out = join(app, `out-${name}`)
        mkdirSync(out, { recursive: true })
        await builds[name]?.(app, out)
        cpSync(bundle, join(out, 'app.bundle'))
        const served = await serve({ fallback: createStaticHandler(out) })
        const page = await browser.newPage()
        const problems: string[] = []
        page.on('pageerror', (error) => problems.push(error.message))
        page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
        await page.goto(served.url)
        await page.waitForFunction(() => 'openBundle' in globalThis)
        const seen = await page.evaluate(async () => {
          const db = await openBundle('app.bundle')
          const countries = db.collection('geo.countries')
          await countries.update('ie', { population: 70_000_000 })
          const large = await countries.find({ where: { population: { gt: 6e7 } }, orderBy: 'population' })
          const units = await db.collection('units').count()
          const { message } = await db.commit({ message: 'Ireland grows' })
          await db.close()
          return { large: large.map(({ $id }) => $id), units, message: message.trim() }
        })
        expect(seen).toEqual({ large: ['fr', 'ie', 'de'], units: 2, message: 'Ireland grows' })
        expect(problems).toEqual([])
        await page.close()
        await served.close()
      },
      120_000,
    )

    test('its types are those that an app needs, strict and without its sources', () => {
      writeFileSync(join(app, 'app.ts'), appSource(''))
      writeFileSync(
        join(app, 'typed.ts'),
        `import type { CollectionTypes, Database } from 'espalier'
       interface Schema { readonly notes: CollectionTypes<{ readonly n: number; readonly text?: string }> }
       declare const db: Database<Schema>
       export async function read(): Promise<number> {
         const [note] = await db.collection('notes').find({ where: { n: { gt: 1 } }, limit: 1 })
         // @ts-expect-error -- there is no such column
         await db.collection('notes').find({ where: { missing: 1 } })
         return note?.n ?? 0
       }\n`,
      )
      const options = [
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        'false',
        '--target',
        'es2022',
        '--module',
        'esnext',
      ]
      options.push('--moduleResolution', 'bundler', '--types', '', '--lib', 'es2023,dom,dom.iterable')
      const run = (): string =>
        execFileSync(process.execPath, [tsc, ...options, 'app.ts', 'typed.ts'], {
          cwd: app,
          encoding: 'utf8',
        })
      expect(run()).toBe('')
    }, 60_000)
  })
}
