// `npm run build`: the library in dist/. `npm run build:demo`: the playground in demo/dist/, static files that run
// from any folder of any host.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureDependencies } from './support/dependencies.mjs'
import { main, root, runBin, Stop } from './support/run.mjs'

await main(async () => {
  await ensureDependencies()
  if (process.argv.includes('--demo')) return runBin('vite', ['build', '--config', 'vite.demo.config.ts'])
  await rm(join(root, 'dist'), { recursive: true, force: true })
  // Each makes files of its own.
  await Promise.all([
    step('vite', ['build', '--logLevel', 'warn', '--mode', 'extras']),
    step('vite', ['build', '--logLevel', 'warn', '--mode', 'worker']),
    step('vite', ['build', '--logLevel', 'warn']),
    step('typescript', ['--project', 'tsconfig.build.json'], 'tsc'),
  ])
  await nameEmittedFiles(join(root, 'dist'))
  return 0
})

/** Declarations name the sources (`./x.ts`); every version of TypeScript finds `./x.js`. */
async function nameEmittedFiles(folder) {
  const specifier = /((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(?=['"])/g
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.d.ts')) continue
    const file = join(folder, path)
    await writeFile(file, (await readFile(file, 'utf8')).replace(specifier, '$1.js'))
  }
}

async function step(packageName, args, bin) {
  if ((await runBin(packageName, args, { bin })) !== 0)
    throw new Stop(`${bin ?? packageName} failed, see above.`)
}
