// `npm run check`: types, lint, format, dead code, package and bundle sizes. Every step runs; the first
// failure decides the exit code. Names as arguments run only those steps: `npm run check -- types lint`.
import { ensureDependencies } from './support/dependencies.mjs'
import { main, run, runBin, Stop } from './support/run.mjs'

const steps = {
  types: () => types('.'),
  declarations: () => types('tsconfig.build.json'),
  lint: () => runBin('oxlint', ['--deny-warnings']),
  format: () => runBin('oxfmt', ['--check']),
  'dead code': () => runBin('knip', []),
  build: () => run(process.execPath, ['scripts/build.mjs']),
  package: () => runBin('publint', ['--strict']),
  'package types': () =>
    runBin('@arethetypeswrong/cli', ['--pack', '.', '--profile', 'esm-only'], { bin: 'attw' }),
  sizes: () => run(process.execPath, ['scripts/size.mjs']),
}

function types(project) {
  return runBin('typescript', ['--noEmit', '--project', project], { bin: 'tsc' })
}

await main(async () => {
  await ensureDependencies()
  const asked = process.argv.slice(2)
  const unknown = asked.find((name) => !(name in steps))
  if (unknown !== undefined)
    throw new Stop(`No step "${unknown}": choose from ${Object.keys(steps).join(', ')}.`)
  const failed = []
  for (const [name, step] of Object.entries(steps)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    console.log(`\n— ${name}`)
    if ((await step()) !== 0) failed.push(name)
  }
  if (failed.length > 0) throw new Stop(`Failed: ${failed.join(', ')}.`)
  console.log('\nAll checks passed.')
})
