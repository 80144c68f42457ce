// Bundle budgets, gzipped: what an app adds with the client, the prebuilt worker, and what it loads when needed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { main, root, Stop } from './support/run.mjs'

// The goals are 10 kB and 110 kB; until they are met neither must grow without a reason in docs/decisions/006.
const budgets = { client: 15_450, worker: 131_300, extras: 195_300 }

await main(async () => {
  const client = join(root, 'dist/src/index.js')
  const worker = join(root, 'dist/worker/main.js')
  const extras = join(root, 'dist/worker/extras.js')
  if (![client, worker, extras].every((file) => existsSync(file)))
    throw new Stop('Nothing to measure: run `npm run build` first.')
  const sizes = {
    client: gzipSize(await bundle(client)),
    worker: gzipSize(readFileSync(worker)),
    extras: gzipSize(readFileSync(extras)),
  }
  const over = Object.keys(budgets).filter((name) => sizes[name] > budgets[name])
  for (const [name, size] of Object.entries(sizes))
    console.log(`${name.padEnd(7)} ${kB(size)} of ${kB(budgets[name])} kB gzipped`)
  if (over.length > 0) throw new Stop(`Over budget: ${over.join(', ')}.`)
})

/** The client as an app's bundler would ship it: with its packages, minified, without the worker. */
async function bundle(entry) {
  const { build } = await import('vite')
  const [{ output }] = await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'no-worker',
        enforce: 'pre',
        transform: (code) => code.replaceAll('import.meta.url', 'location.href'),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      lib: { entry, formats: ['es'] },
      rolldownOptions: { output: { codeSplitting: false, minify: true } },
      minify: true,
    },
  })
  return output[0].code
}

function gzipSize(content) {
  return gzipSync(content, { level: 9 }).length
}

function kB(bytes) {
  return (bytes / 1000).toFixed(1)
}
