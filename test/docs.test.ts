import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startGitServer, type GitServer } from '../demo/server/git-server.ts'
import { git, makeBareRepository, smallDatabase, temporaryFolder } from './support/git-repositories.ts'

const root = resolve(import.meta.dirname, '..')
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const exampleUrl = 'https://git.example.com/acme/reference-data.git'

/** The packages' entries that the examples import, as addresses that work from anywhere. */
const sources: Readonly<Record<string, string>> = {
  espalier: 'src/node.ts',
  'espalier/node': 'src/node.ts',
  'espalier/query': 'src/query.ts',
  'espalier/git': 'worker/git-face/index.ts',
  ...Object.fromEntries(
    ['react', 'vue', 'svelte', 'preact', 'tanstack-db'].map((name) => [
      `espalier/${name}`,
      `src/bindings/${name}.ts`,
    ]),
  ),
}
const locate = (entry: string): string => {
  const source = sources[entry]
  return source === undefined ? import.meta.resolve(entry) : pathToFileURL(join(root, source)).href
}

/** The small database, and a collection with records below records. */
const documented: Readonly<Record<string, string>> = {
  ...smallDatabase,
  '.ingitdb/root-collections.yaml': `commerce.orders: orders\ngeo.cities: geo/cities\n${smallDatabase['.ingitdb/root-collections.yaml']}`,
  'orders/.collection/definition.yaml':
    'record_file:\n  name: "{key}.yaml"\n  format: yaml\n  type: "map[string]any"\ncolumns:\n  status:\n    type: string\n',
  'orders/.collection/subcollections/order_details/definition.yaml':
    'record_file:\n  name: details.csv\n  format: csv\n  type: "[]map[string]any"\ncolumns:\n  id:\n    type: string\n  quantity:\n    type: int\ncolumns_order: [id, quantity]\nprimary_key: [id]\n',
  'geo/cities/.collection/definition.yaml':
    'record_file:\n  name: cities.csv\n  format: csv\n  type: "[]map[string]any"\ncolumns:\n  id:\n    type: string\n  name:\n    type: string\n  country:\n    type: string\n    foreign_key: countries\n  size:\n    type: int\ncolumns_order: [id, name, country, size]\nprimary_key: [id]\n',
  'geo/cities/cities.csv':
    'id,name,country,size\nberlin,Berlin,de,3685265\nhamburg,Hamburg,de,1851596\nparis,Paris,fr,2102650\n',
  'orders/$records/ord001.yaml': 'status: open\n',
  'orders/$records/ord001/order_details/details.csv': 'id,quantity\nod1,2\n',
}

interface Snippet {
  readonly name: string
  readonly language: string
  readonly code: string
}

function snippetsOf(page: string): readonly Snippet[] {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```(tsx?)\n(.*?)^```/gms)]
  return blocks.map(([, language = '', code = ''], index) => {
    const name = `${page}, example ${index + 1}`
    return { name, language, code: language === 'tsx' ? `/** @jsxImportSource react */\n${code}` : code }
  })
}

const credentials = { username: 'ada', password: 'a-token' }

/** An example that only shows a call on `db` stands on the example that opens one. */
function opened(code: string): string {
  if (!/\bdb\b/.test(code) || /\bopen[<(]/.test(code)) return code
  return `import { open } from 'espalier'\nconst db = await open('${exampleUrl}', { auth: () => (${JSON.stringify(credentials)}) })\n${code}\nawait db.close()\n`
}

describe('every example in the documentation runs', () => {
  const folder = temporaryFolder()
  // Inside the project, so that the packages that examples import are found.
  const scratch = mkdtempSync(join(root, 'test', '.examples-'))
  let server: GitServer
  beforeAll(async () => {
    server = await startGitServer({ root: folder.path, auth: credentials })
  })
  afterAll(async () => {
    await server.close()
    folder.remove()
    rmSync(scratch, { recursive: true, force: true })
  })

  test.each(pages.flatMap(snippetsOf))('$name', async ({ name, language, code }) => {
    const repository = name.replaceAll(/\W+/g, '-')
    const bare = makeBareRepository(folder.path, repository, documented)
    // The examples name the package and a host that does not exist: here they mean this code and our server.
    const runnable = opened(code)
      .replaceAll(
        /from '(espalier|isomorphic-git)([\w/-]*)'/g,
        (_, name, path) => `from '${locate(name + path)}'`,
      )
      .replaceAll(exampleUrl, `${server.url}/${repository}.git`)
    const file = join(scratch, `${repository}.${language}`)
    writeFileSync(file, runnable)
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    await import(/* @vite-ignore */ file)
    log.mockRestore()
    expect(git(bare, 'fsck', '--strict')).toBe('')
  })

  test('the reference and the list of errors are those of the source', () => {
    execFileSync(process.execPath, [join(root, 'scripts/docs.mjs'), '--check'])
  })
})
