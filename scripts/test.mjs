// `npm test`: everything that a fresh machine needs, then vitest. Arguments are vitest's own: a filter or an option
// runs without coverage, because thresholds only mean something for the whole suite.
import { ensureBrowser } from './support/ensure-browser.mjs'
import { ensureDependencies } from './support/dependencies.mjs'
import { requireGit } from './support/ensure-git.mjs'
import { main, runBin } from './support/run.mjs'

await main(async () => {
  const args = process.argv.slice(2)
  const kind = ['--long', '--interop'].find((flag) => flag === args[0])
  if (kind !== undefined) args.shift()
  requireGit()
  await ensureDependencies()
  const env = { ...process.env, CHROME_PATH: await ensureBrowser() }
  if (kind !== undefined)
    return runBin('vitest', ['run', ...args], { env: { ...env, ESPALIER_TESTS: kind.slice(2) } })
  return runBin('vitest', ['run', ...(args.length === 0 ? ['--coverage'] : args)], { env })
})
