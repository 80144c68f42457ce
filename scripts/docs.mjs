// Writes docs/errors.md from the list of error codes in the source. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import process from 'node:process'

const root = resolve(import.meta.dirname, '..')
const target = resolve(root, 'docs/errors.md')

function errorsPage() {
  const source = readFileSync(resolve(root, 'src/protocol/error-codes.ts'), 'utf8')
  const lines = [
    '# Errors',
    '',
    '<!-- Made by `npm run docs` from src/protocol/error-codes.ts. Do not edit. -->',
    '',
    'Every error is an `EspalierError { code, message, data, cause }`. Codes are stable; messages say what to do and may',
    'change. `data` says where (collection, key, file, url …). Expected outcomes (`diverged`, `blocked`, `refused`) are',
    'returned, not thrown.',
  ]
  for (const [, area, comment, code] of source.matchAll(
    /\/\/ --- ([^\n]+?) ---|\/\*\*\s*((?:(?!\*\/).)+?)\s*\*\/\s*\| '([\w/-]+)'/gs,
  )) {
    if (area !== undefined)
      lines.push('', `## ${area[0].toUpperCase()}${area.slice(1)}`, '', '| code | meaning |', '| --- | --- |')
    else lines.push(`| \`${code}\` | ${comment.replaceAll(/\s*\n\s*\*\s*/g, ' ').replaceAll('|', '\\|')} |`)
  }
  return `${lines.join('\n')}\n`
}

const page = errorsPage()
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== page) {
    console.error('docs/errors.md is out of date: run `npm run docs`.')
    process.exitCode = 1
  }
} else {
  writeFileSync(target, page)
}
