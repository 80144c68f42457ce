// The list of error codes, from the union that is their one source.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export function errorsPage(root) {
  const source = readFileSync(join(root, 'src/protocol/error-codes.ts'), 'utf8')
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
