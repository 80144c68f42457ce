import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { entries, exampleCredentials, exampleUrl, opened, snippets } from './support/documentation.ts'
import { useGitHost } from './support/git-host.ts'
import { git, smallDatabase } from './support/git-repositories.ts'

const root = resolve(import.meta.dirname, '..')
const locate = (entry: string): string => {
  // Examples that open a database run in Node here.
  const source = entry === 'espalier' ? entries['espalier/node'] : entries[entry]
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

/** A literal of one line: texts, numbers, names of fields, and what is around them. No prose is one. */
const literal = /(?:'[^']*'|-?\b\d[\d_.]*\b|\b(?:true|false|null|undefined)\b|\b\w+:|[[\]{}, ])+/.source
const statement = new RegExp(String.raw`\bconsole\.log\((.*)\) // (${literal})$`, 'gm')

/** What a comment beside a log says of it. */
interface Statement {
  readonly line: number
  readonly states: unknown
}

/** Such logs get what is said of them as their last argument. */
function withStatements(code: string): { readonly code: string; readonly count: number } {
  let count = 0
  const told = code.replaceAll(
    statement,
    (_, logged, states) => `console.log(${logged}, { line: ${count++}, states: ${states} })`,
  )
  return { code: told, count }
}

/** Takes what is logged; the returned function checks what is said of it. What is logged more than once is it one time. */
function watchLog(): (count: number) => void {
  const heard: (Statement & { readonly logged: unknown })[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values: readonly unknown[]) => {
    const said = values.at(-1) as Partial<Statement> | null | undefined
    // A copy: the example may go on with it.
    if (said?.line !== undefined)
      heard.push({ line: said.line, states: said.states, logged: structuredClone(values.at(-2)) })
  })
  return (count) => {
    log.mockRestore()
    for (let line = 0; line < count; line++) {
      const here = heard.filter((one) => one.line === line)
      expect(here.map(({ logged }) => logged)).toContainEqual(here[0]?.states)
    }
  }
}

describe('every example in the documentation runs', () => {
  const host = useGitHost({ auth: exampleCredentials })
  // Inside the project, so that the packages that examples import are found.
  const scratch = mkdtempSync(join(root, 'test', '.examples-'))
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  test.each(snippets)('$name', async ({ name, language, code }) => {
    const repository = name.replaceAll(/\W+/g, '-')
    const { bare, url } = host.make(repository, documented)
    // The examples name the package and a host that does not exist: here they mean this code and our server.
    const { code: told, count } = withStatements(code)
    const runnable = opened(told)
      .replaceAll(
        /from '(espalier|isomorphic-git)([\w/-]*)'/g,
        (_, name, path) => `from '${locate(name + path)}'`,
      )
      .replaceAll(exampleUrl, url)
    const file = join(scratch, `${repository}.${language}`)
    writeFileSync(file, runnable)
    const checkLog = watchLog()
    // The entry of a worker serves by listening in a worker's scope.
    const isWorker = code.includes("'espalier/worker'")
    const listen = vi.fn()
    if (isWorker) vi.stubGlobal('addEventListener', listen)
    await import(/* @vite-ignore */ file)
    vi.unstubAllGlobals()
    expect(listen).toHaveBeenCalledTimes(isWorker ? 1 : 0)
    checkLog(count)
    expect(git(bare, 'fsck', '--strict')).toBe('')
  })

  test('what a comment says of a log is told from prose', () => {
    const said = ["'km2'", '-1_000', 'true', "[undefined, 'saving']", "[{ kind: 'moved', to: { at: 2 } }]"]
    const prose = ['true: it follows', 'Add a note', '[{ code, key, … }]', "what it's for", 'db.status()']
    const counts = [...said, ...prose].map(
      (comment) => withStatements(`  console.log(f(1), 2) // ${comment}\n`).count,
    )
    expect(counts).toEqual([...said.map(() => 1), ...prose.map(() => 0)])
  })

  test('the reference and the list of errors are those of the source', () => {
    execFileSync(process.execPath, [join(root, 'scripts/docs.mjs'), '--check'])
  })
})
