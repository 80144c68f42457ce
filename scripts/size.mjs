// Bundle budgets, gzipped: what an app adds with the client, the prebuilt worker, and what it loads when needed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { main, root, Stop } from './support/run.mjs'

// The goals are 10 kB and 110 kB (docs/decisions/006); until they are met neither must grow.
// The client grew by revisions of single reads and of each source of a built query (0.2 kB), and
// by the check of options that were ignored before (0.5 kB), of which the worker has its share (0.4 kB).
// The worker grew by what makes bulk inserts fast: rows that are surely fine are looked over in one walk (0.5 kB).
// Keys below one parent and refused slips of reads cost the client 0.1 kB; parts that others need, and slow live queries
// the worker 0.3 kB; keys in the columns of new list rows, names with $ and filters of changes that are checked 0.8 kB.
// The extras grew by merges that follow moved records and the order of rows, and by change sets with files (4 kB), and
// by what collections larger than memory look up for includes and joins (1 kB), and by checks of choices and options,
// messages that tell the changes, trailers, and the strategies that a repository declares (1 kB), and by what brings lost
// branches and tags back, first commits that are carried, the options of carrying that are checked, and what is wrong
// with declared strategies (1.1 kB).
// By collections that are restored whole, commits that are signed alike, options of theirs that are checked, and what
// merges of numbers, deleted collections and moved records must not lose, the extras grew by 4.5 kB.
// What merges ask of records below deleted parents and of key columns of other layouts, and numbers of carried commits
// that are exact or refused, cost the extras 1.7 kB more.
// The check of a part of the changes moved there from the worker (0.8 kB).
const budgets = { client: 13_930, worker: 128_600, extras: 194_300 }

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
