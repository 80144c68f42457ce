/** `npm run sample`: writes the playground's sample database, the same commits on every machine with the same ICU. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { git, withSampleRepository, writeBundle } from './bundle.ts'

const bundle = resolve(import.meta.dirname, '..', 'public', 'sample.bundle')
mkdirSync(resolve(bundle, '..'), { recursive: true })

withSampleRepository((gitDir) => {
  writeBundle(gitDir, bundle)
  const made = {
    icu: process.versions['icu'],
    timeZones: process.versions['tz'],
    main: git(gitDir, ['rev-parse', 'main']),
    draft: git(gitDir, ['rev-parse', 'draft']),
  }
  writeFileSync(resolve(import.meta.dirname, 'generated.json'), `${JSON.stringify(made, null, 2)}\n`)
  process.stdout.write(`${git(gitDir, ['log', '--graph', '--all', '--format=%h %s%d', '--shortstat'])}\n`)
  process.stdout.write(`${bundle}: ${(statSync(bundle).size / 1000).toFixed(1)} kB\n`)
})
