// `npm run build`: the library in dist/. `npm run build:demo`: the playground in demo/dist/, static files that run
// from any folder of any host.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureDependencies } from './support/dependencies.mjs'
import { main, root, runBin, Stop } from './support/run.mjs'

await main(async () => {
  await ensureDependencies()
  if (process.argv.includes('--demo')) return runBin('vite', ['build', '--config', 'vite.demo.config.ts'])
  await rm(join(root, 'dist'), { recursive: true, force: true })
  await step('vite', ['build', '--logLevel', 'warn'])
  await step('vite', ['build', '--logLevel', 'warn', '--mode', 'worker'])
  await step('typescript', ['--project', 'tsconfig.build.json'], 'tsc')
  return 0
})

async function step(packageName, args, bin) {
  if ((await runBin(packageName, args, { bin })) !== 0)
    throw new Stop(`${bin ?? packageName} failed, see above.`)
}
