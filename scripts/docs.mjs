// Writes the pages of docs/ that come from the source. With --check it only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { apiPage } from './support/api-page.mjs'
import { errorsPage } from './support/errors-page.mjs'

const root = resolve(import.meta.dirname, '..')
const pages = { 'docs/api.md': apiPage(root), 'docs/errors.md': errorsPage(root) }

for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${path} is out of date: run \`npm run docs\`.`)
    process.exitCode = 1
  }
}
