import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, createServer, type Plugin, type ViteDevServer } from 'vite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { smallDatabase, temporaryFolder, writeFiles } from '../test/support/git-repositories.ts'
import { espalier } from './vite-plugin.ts'

const unitsDefinition = 'data/units/.collection/definition.yaml'

let folder: ReturnType<typeof temporaryFolder>
let server: ViteDevServer | undefined

beforeEach(() => {
  folder = temporaryFolder()
  writeFiles(
    folder.path,
    Object.fromEntries(Object.entries(smallDatabase).map(([path, text]) => [`data/${path}`, text])),
  )
  writeFiles(folder.path, {
    'app/index.html': '<script type="module" src="/main.ts"></script>',
    'app/main.ts': 'export {}',
  })
})

afterEach(async () => {
  await server?.close()
  server = undefined
  folder.remove()
})

const plugin = (): Plugin => espalier({ database: '../data', output: 'schema.ts' })
const schemaFile = (): string => join(folder.path, 'app/schema.ts')
const schemaText = (): string => readFileSync(schemaFile(), 'utf8')

function runBuild(): Promise<unknown> {
  return build({
    root: join(folder.path, 'app'),
    configFile: false,
    logLevel: 'silent',
    plugins: [plugin()],
    build: { write: false },
  })
}

test('a build writes the types, and writes nothing when they are fresh', async () => {
  await runBuild()
  expect(schemaText()).toContain('GeoCountries')
  const old = new Date(1_600_000_000_000)
  utimesSync(schemaFile(), old, old)
  await runBuild()
  expect(statSync(schemaFile()).mtimeMs).toBe(old.getTime())
})

test('a build on broken definitions fails and says where', async () => {
  writeFileSync(join(folder.path, unitsDefinition), 'columns: [broken\n')
  await expect(runBuild()).rejects.toThrow(/units\/\.collection\/definition\.yaml:\d+: /)
  expect(existsSync(schemaFile())).toBe(false)
})

test('in development the types follow the definitions; errors show as an overlay that goes when they do', async () => {
  server = await createServer({
    root: join(folder.path, 'app'),
    configFile: false,
    logLevel: 'silent',
    plugins: [plugin()],
    server: { middlewareMode: true, ws: false },
  })
  const sent: { readonly type: string; readonly err?: { readonly message: string; readonly id?: string } }[] =
    []
  vi.spyOn(server.ws, 'send').mockImplementation((payload: unknown) => {
    sent.push(payload as (typeof sent)[number])
  })
  await vi.waitFor(() => expect(schemaText()).toContain('readonly symbol'), waiting)

  const good = readFileSync(join(folder.path, unitsDefinition), 'utf8')
  const definition = join(folder.path, unitsDefinition)
  writeFileSync(definition, good.replace('symbol:', 'sign:'))
  await vi.waitFor(() => expect(schemaText()).toContain('readonly sign'), waiting)

  writeFileSync(definition, 'columns: [broken\n')
  await vi.waitFor(() => expect(sent.some(({ type }) => type === 'error')).toBe(true), waiting)
  expect(sent.at(-1)?.err?.message).toContain('units/.collection/definition.yaml')
  expect(sent.at(-1)?.err?.id).toBe(definition)
  expect(schemaText()).toContain('readonly sign')

  writeFileSync(definition, good)
  await vi.waitFor(() => expect(sent.at(-1)).toEqual({ type: 'update', updates: [] }), waiting)
  expect(schemaText()).toContain('readonly symbol')

  writeFileSync(join(folder.path, 'data/.ingitdb/root-collections.yaml'), 'units: units\n')
  await vi.waitFor(() => expect(schemaText()).not.toContain('GeoCountries'), waiting)
  rmSync(definition)
  await vi.waitFor(() => expect(sent.at(-1)?.type).toBe('error'), waiting)
})

const waiting = { timeout: 20_000, interval: 20 }
