import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryFileTree } from '../memory-file-tree.ts'
import { readDatabaseSchema } from '../schema/schema.ts'
import { createTreeValidationSource } from './tree-source.ts'
import { validateDatabase } from './validate-database.ts'
import { everyFormat as plugins } from '../format-extras.ts'

const bundle = path.resolve(process.env['ESPALIER_SHARED'] ?? '../shared', 'data/demo-ingitdb.bundle')
const present = existsSync(bundle)
if (!present)
  process.stderr.write(`demo database not validated: ${bundle} is missing (set ESPALIER_SHARED)\n`)

describe.runIf(present)('the demo database', () => {
  let folder = ''
  let files: { readonly [file: string]: Uint8Array } = {}

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'espalier-validation-'))
    const git = (...args: readonly string[]): string =>
      execFileSync('git', args, { cwd: folder, encoding: 'utf8' })
    // The bundle's HEAD names a ref that it does not hold.
    git('-c', 'core.autocrlf=false', 'clone', '-q', '--no-checkout', bundle, 'demo')
    git('-C', 'demo', '-c', 'core.autocrlf=false', 'checkout', '-q', '--detach', 'origin/main')
    const root = path.join(folder, 'demo')
    const paths = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
      .filter((file) => !file.startsWith('.git/'))
    files = Object.fromEntries(paths.map((file) => [file, readFileSync(path.join(root, file))]))
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const validate = async (changes: { readonly [file: string]: string } = {}) => {
    const tree = createMemoryFileTree({ ...files, ...changes })
    const schema = await readDatabaseSchema(tree, { strict: true, plugins })
    return validateDatabase(createTreeValidationSource(tree, schema, { plugins }))
  }

  it('holds 314 records in 19 collections without any issue', async () => {
    expect(await validate()).toEqual({ valid: true, issues: [], checked: { collections: 19, records: 314 } })
  })

  it('shows a fault where it is planted', async () => {
    const file = Object.keys(files).find((name) => name.endsWith('order_details/details.json')) ?? ''
    const text = new TextDecoder().decode(files[file])
    const planted = text.replace(/"product_id": "prod\d+"/, '"product_id": "nowhere"')
    const { issues } = await validate({ [file]: planted })
    const before = planted.slice(0, planted.indexOf('"nowhere"')).split('\n')
    expect(issues).toMatchObject([
      { code: 'validation/foreign-key', file, line: before.length, path: ['product_id'], actual: 'nowhere' },
    ])
  })
})
