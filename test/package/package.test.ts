import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseSync } from 'vite'
import { launchBrowser, servePage } from '../support/browser.ts'

/** What app.page.js puts on its page. */
declare const readIreland: () => Promise<unknown>

const root = resolve(import.meta.dirname, '..', '..')
const dist = join(root, 'dist')

// The real build: this is what npm publishes.
beforeAll(() => {
  node('scripts/build.mjs')
}, 120_000)

test('every subpath of the package has its code and its declarations', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  }
  for (const target of Object.values(exports))
    for (const file of typeof target === 'string' ? [target] : Object.values(target))
      expect(existsSync(join(root, file)), file).toBe(true)
})

test('the prebuilt worker is one file that imports nothing and evaluates no text', () => {
  const code = readFileSync(join(dist, 'worker', 'main.js'), 'utf8')
  const { module } = parseSync('main.js', code)
  expect(module.staticImports).toEqual([])
  expect(module.dynamicImports).toEqual([])
  expect(code).not.toMatch(/\bnew Function\b|\beval\(|\bimportScripts\(/)
})

test('the client starts the worker by a literal URL that bundlers follow, and the file is there', () => {
  const targets = (readdirSync(dist, { recursive: true }) as string[])
    .filter((file) => file.endsWith('.js') && !file.startsWith('worker'))
    .flatMap((file) => {
      const code = readFileSync(join(dist, file), 'utf8')
      const literals = code.matchAll(/new Worker\(new URL\("([^"]+)", import\.meta\.url\)/g)
      return [...literals].map(([, path = '']) => resolve(dist, dirname(file), path))
    })
  expect(targets).toEqual([join(dist, 'worker', 'main.js')])
})

test('importing any entry in Node touches no global', () => {
  const entries = ['espalier', 'espalier/worker', 'espalier/node', 'espalier/git']
  const program = `
    const before = Reflect.ownKeys(globalThis).map(String).join()
    for (const entry of ${JSON.stringify(entries)}) await import(entry)
    process.stdout.write(String(Reflect.ownKeys(globalThis).map(String).join() === before))`
  expect(node('--input-type=module', '--eval', program)).toBe('true')
})

test('client and worker stay within their budgets', () => {
  expect(node('scripts/size.mjs')).toMatch(/client .* kB gzipped\nworker .* kB gzipped/)
})

test('an app built on the package opens a database under the strict policy, with no violation', async () => {
  const bundle = readFileSync(join(root, 'demo', 'public', 'sample.bundle'))
  const page = await servePage({
    entry: 'test/package/app.page.js',
    routes: { '/sample.bundle': (_request, response) => void response.end(bundle) },
  })
  const browser = await launchBrowser()
  try {
    const tab = await browser.newPage()
    const problems: string[] = []
    tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    tab.on('pageerror', (error) => problems.push(error.message))
    await tab.goto(page.url)
    expect(await tab.evaluate(() => readIreland())).toMatchObject({ names: { en: 'Ireland' } })
    expect(problems).toEqual([])
  } finally {
    await browser.close()
    await page.close()
  }
})

/** Runs Node in the project's root; a failure throws with its output. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
}
