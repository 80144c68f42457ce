import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import type { Issue } from '../src/protocol/issues.ts'
import { openNamedSource } from './source/open-source.ts'
import { readTypes } from './types/read-types.ts'

/** Options of {@link espalier}. Paths are relative to Vite's root. */
export interface EspalierPluginOptions {
  /** The database: a folder, a bundle file, or the URL of a git repository. Default: the root itself. */
  readonly database?: string
  /** The module to write, `.ts` or `.d.ts`. Default `src/schema.ts`. */
  readonly output?: string
}

/** What the plugin uses of Vite's server; every version since 6 has it. */
interface DevServer {
  readonly watcher: {
    add(paths: readonly string[]): unknown
    on(event: 'all', listener: (event: string, path: string) => void): unknown
  }
  readonly ws: { send(payload: object): void }
}

/** A plugin of Vite; it fits `plugins` of every version since 6. */
export interface EspalierPlugin {
  readonly name: 'espalier'
  configResolved(config: {
    readonly root: string
    readonly command: string
    readonly logger: { error(message: string): void; info(message: string): void }
  }): void
  buildStart(): Promise<void>
  buildEnd(): void
  configureServer(server: object): void
}

// Vite's watcher passes over what happens to a file so soon after a change of it: a second look finds that.
const watcherThrottleMs = 50

/**
 * Writes the types of a database when a build or the dev server starts, and again whenever its definitions
 * change. The file is only written when its text changes. Broken definitions fail a build, and show as an overlay
 * in development, where the last good types stay.
 *
 * @example
 * ```ts
 * // vite.config.ts
 * import { defineConfig } from 'vite'
 * import { espalier } from 'espalier/vite'
 *
 * export default defineConfig({
 *   plugins: [espalier({ database: '../reference-data', output: 'src/schema.ts' })],
 * })
 * ```
 */
export function espalier(options: EspalierPluginOptions = {}): EspalierPlugin {
  let root = process.cwd()
  let isServing = false
  let log = { error: (_message: string): void => {}, info: (_message: string): void => {} }
  let server: DevServer | undefined
  let hasFailed = false
  const watched = new Set<string>()
  let again: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let isStale = false

  const write = async (): Promise<void> => {
    const output = options.output ?? 'src/schema.ts'
    const file = resolve(root, output)
    const source = await openNamedSource(options.database ?? '.', { cwd: root, env: process.env })
    try {
      const { tree } = await source.current()
      const outcome = await readTypes(tree)
      const { folder } = source
      if (folder !== undefined) {
        const definitions = [...outcome.schema.collections.values()].map(
          ({ definitionPath }) => definitionPath,
        )
        const folders = ['.ingitdb', ...definitions.map((path) => dirname(path))].map((path) =>
          resolve(folder, path),
        )
        const added = folders.filter((path) => !watched.has(path))
        for (const path of added) watched.add(path)
        server?.watcher.add(added)
      }
      if (!outcome.ok) throw brokenDefinitions(outcome.errors, folder)
      if ((await readFile(file, 'utf8').catch(() => undefined)) === outcome.text) return
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, outcome.text)
      log.info(`espalier: wrote ${output}`)
    } finally {
      await source.close()
    }
  }

  const writeForServer = async (): Promise<void> => {
    try {
      await write()
      // An update of nothing takes the overlay away.
      if (hasFailed) server?.ws.send({ type: 'update', updates: [] })
      hasFailed = false
    } catch (error) {
      hasFailed = true
      const message = error instanceof Error ? error.message : String(error)
      log.error(`espalier: ${message}`)
      const place = error instanceof BrokenDefinitions ? error.place : {}
      server?.ws.send({ type: 'error', err: { message, stack: '', plugin: 'espalier', ...place } })
    }
  }

  /** One writer at a time; what changes meanwhile is seen by one more run. */
  const refresh = (): Promise<void> => {
    isStale = true
    writing ??= (async () => {
      while (isStale) {
        isStale = false
        await writeForServer()
      }
      writing = undefined
    })()
    return writing
  }

  return {
    name: 'espalier',
    configResolved(config) {
      root = config.root
      isServing = config.command === 'serve'
      log = config.logger
    },
    buildStart: () => (isServing ? refresh() : write()),
    buildEnd: () => clearTimeout(again),
    configureServer(viteServer) {
      server = viteServer as DevServer // Vite's server has what is declared above
      server.watcher.on('all', (_event, path) => {
        if (!isDefinition(path)) return
        void refresh()
        clearTimeout(again)
        again = setTimeout(() => void refresh(), watcherThrottleMs * 2)
        again.unref()
      })
    },
  }
}

/** Settings, the registry, definitions, and the base partials beside them. */
function isDefinition(path: string): boolean {
  return (
    /\.ya?ml$/.test(path) &&
    path
      .split(sep)
      .some(
        (name) =>
          name === '.ingitdb' ||
          name === '.collection' ||
          name === '.collections' ||
          name === 'definition.yaml',
      )
  )
}

/** Why no types could be made, with the place for Vite's overlay. */
class BrokenDefinitions extends Error {
  readonly place: object

  constructor(message: string, place: object) {
    super(message)
    this.place = place
  }
}

function brokenDefinitions(errors: readonly Issue[], folder: string | undefined): BrokenDefinitions {
  const lines = errors.map(
    ({ file, line, message }) => `${file}${line === undefined ? '' : `:${line}`}: ${message}`,
  )
  const [first] = errors
  const file = first && folder !== undefined ? resolve(folder, first.file) : undefined
  const place =
    file === undefined
      ? {}
      : {
          id: file,
          ...(first?.line === undefined
            ? {}
            : { loc: { file, line: first.line, column: first.column ?? 1 } }),
        }
  return new BrokenDefinitions(`The definitions of the database have errors.\n${lines.join('\n')}`, place)
}
