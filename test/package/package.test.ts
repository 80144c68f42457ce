import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseSync } from 'vite'
import type { Handler } from '../../scripts/support/static-server.mjs'
import type { Database } from '../../src/client/database.ts'
import { launchBrowser, type ServedPage, servePage, type TestBrowser } from '../support/browser.ts'
import { git, makeBareRepository, temporaryFolder } from '../support/git-repositories.ts'
import { describeBundlers } from './bundlers.ts'

/** What app.page.js puts on its page. */
declare const openBundle: (name: string) => Promise<Database>

const root = resolve(import.meta.dirname, '..', '..')
const dist = join(root, 'dist')

// The real build: this is what npm publishes.
beforeAll(() => {
  node('scripts/build.mjs')
}, 240_000)

test('every subpath of the package has its code and its declarations', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  }
  for (const target of Object.values(exports))
    for (const file of typeof target === 'string' ? [target] : Object.values(target))
      expect(existsSync(join(root, file)), file).toBe(true)
})

test.each(['main.js', 'extras.js'])('worker/%s is one file that evaluates no text', (file) => {
  const code = readFileSync(join(dist, 'worker', file), 'utf8')
  const { module } = parseSync(file, code)
  expect(module.staticImports).toEqual([])
  expect(code).not.toMatch(/\bnew Function\b|\beval\(|\bimportScripts\(/)
  // The worker loads the extras; bundlers are told to leave that alone.
  const later = module.dynamicImports.map(({ start, end }) => code.slice(start, end))
  const leftAlone = /^import\(\/\* webpackIgnore: true \*\/ \/\* @vite-ignore \*\/ [\w$]+\)$/
  expect(later).toEqual(file === 'main.js' ? [expect.stringMatching(leftAlone)] : [])
})

test('the client names both files by literal URLs that bundlers follow, and they are there', () => {
  const targets = (readdirSync(dist, { recursive: true }) as string[])
    .filter((file) => file.endsWith('.js') && !file.startsWith('worker'))
    .flatMap((file) => {
      const code = readFileSync(join(dist, file), 'utf8')
      const literals = code.matchAll(/(new Worker\()?new URL\("([^"]+)", import\.meta\.url\)/g)
      return [...literals].map(([, start = '', path = '']) => start + resolve(dist, dirname(file), path))
    })
  const worker = join(dist, 'worker')
  expect(targets).toEqual([`new Worker(${join(worker, 'main.js')}`, join(worker, 'extras.js')])
})

test('importing any entry in Node touches no global', () => {
  const entries = ['espalier', 'espalier/worker', 'espalier/node', 'espalier/git']
  const program = `
    const before = Reflect.ownKeys(globalThis).map(String).join()
    for (const entry of ${JSON.stringify(entries)}) await import(entry)
    process.stdout.write(String(Reflect.ownKeys(globalThis).map(String).join() === before))`
  expect(node('--input-type=module', '--eval', program)).toBe('true')
})

test('client, worker and extras stay within their budgets', () => {
  expect(node('scripts/size.mjs')).toMatch(/client .* kB gzipped\nworker .* kB gzipped\nextras .* kB gzipped/)
})

const definition = (name: string, format: string, type: string, columns: string): string =>
  `record_file: {name: "${name}", format: ${format}, type: "${type}"} # one line\ncolumns:\n${columns}`
/** Collections of JSON, with definitions that are flat, and of nothing else. */
const jsonOnly = {
  '.ingitdb/root-collections.yaml': 'towns: towns\n',
  'towns/.collection/definition.yaml':
    'record_file:\n  name: "{key}.json"\n  format: json\n  type: "map[string]any"\ncolumns:\n  name:\n    type: string\n',
  'towns/$records/lyon.json': '{"name": "Lyon"}\n',
}
/** With CSV, YAML that uses anchors, and a formula. */
const mixed = {
  ...jsonOnly,
  '.ingitdb/root-collections.yaml': 'towns: towns\nfruit: fruit\nunits: units\n',
  'fruit/.collection/definition.yaml': definition(
    'fruit.csv',
    'csv',
    '[]map[string]any',
    '  id: {type: string}\n  kilos: {type: float}\n  grams: {type: float, formula: kilos * 1000}\n',
  ),
  'fruit/fruit.csv': 'id,kilos\nap,1.5\n',
  'units/.collection/definition.yaml': definition(
    '{key}.yaml',
    'yaml',
    'map[string]any',
    '  symbol: {type: string}\n  also: {type: string}\n',
  ),
  'units/$records/metre.yaml': '# the base unit\nsymbol: &m m # exactly\nalso: *m\n',
}

describe('An app built on the package, under the strict policy', () => {
  const folder = temporaryFolder()
  const bundles: Record<string, Handler> = {}
  const extras = { requests: 0, missing: false }
  let browser: TestBrowser
  let page: ServedPage
  let watched: ServedPage

  beforeAll(async () => {
    for (const [name, files] of Object.entries({ 'json-only': jsonOnly, mixed })) {
      const bare = makeBareRepository(folder.path, name, files)
      git(bare, 'bundle', 'create', '-q', 'all.bundle', '--all')
      bundles[`/${name}.bundle`] = (_request, response) =>
        void response.end(readFileSync(join(bare, 'all.bundle')))
    }
    const entry = 'test/package/app.page.js'
    page = await servePage({ entry, routes: bundles })
    watched = await servePage({
      entry,
      routes: {
        ...bundles,
        '/assets/extras': (_request, response) => {
          extras.requests++
          if (extras.missing) response.writeHead(404).end()
          else
            response
              .writeHead(200, { 'Content-Type': 'text/javascript' })
              .end(readFileSync(join(dist, 'worker', 'extras.js')))
        },
      },
    })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await page.close()
    await watched.close()
    folder.remove()
  })

  /** A page whose problems are collected. */
  const visit = async (
    url: string,
  ): Promise<{ readonly tab: Page; readonly problems: readonly string[] }> => {
    const tab = await browser.newPage()
    const problems: string[] = []
    tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    tab.on('pageerror', (error) => problems.push(error.message))
    await tab.goto(url)
    return { tab, problems }
  }

  test('opens CSV, YAML with anchors and formulas in the default worker', async () => {
    const { tab, problems } = await visit(page.url)
    const rows = await tab.evaluate(async () => {
      const db = await openBundle('mixed')
      const apple = await db.collection('fruit').get('ap')
      const metre = await db
        .collection('units')
        .update('metre', { symbol: 'M' })
        .catch((error) => error.code)
      const unit = await db.collection('units').get('metre')
      const { valid } = await db.validate()
      await db.close()
      return { apple, metre, unit, valid }
    })
    expect(rows).toMatchObject({
      apple: { kilos: 1.5, grams: 1500 },
      // The codec's error keeps its code on its way through all three files.
      metre: 'format/edit-refused',
      unit: { symbol: 'm', also: 'm' },
      valid: true,
    })
    expect(problems).toEqual([])
  })

  test('opens, writes and commits JSON without asking for the extras', async () => {
    const { tab, problems } = await visit(watched.url)
    const row = await tab.evaluate(async () => {
      const db = await openBundle('json-only')
      await db.collection('towns').update('lyon', { name: 'Lyons' })
      await db.collection('towns').insert({ $id: 'nice', name: 'Nice' })
      await db.commit({ message: 'Nice' })
      const town = await db.collection('towns').get('lyon')
      await db.close()
      return town
    })
    expect(row).toMatchObject({ name: 'Lyons' })
    expect(extras.requests).toBe(0)
    expect(problems).toEqual([])
  })

  test('says what to do when the extras are not there, and goes on when they are', async () => {
    extras.missing = true
    const { tab } = await visit(watched.url)
    const failed = await tab.evaluate(() => openBundle('mixed').catch((error) => error.toJSON()))
    expect(failed).toMatchObject({
      code: 'client/extras-failed',
      message: expect.stringMatching(/\/assets\/extras-[\w-]+\.js.*docs\/bundlers\.md/) as string,
    })
    extras.missing = false
    const apple = await tab.evaluate(async () => (await openBundle('mixed')).collection('fruit').get('ap'))
    expect(apple).toMatchObject({ grams: 1500 })
    expect(extras.requests).toBe(2)
  })
})

describeBundlers()

/** Runs Node in the project's root; a failure throws with its output. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
}
