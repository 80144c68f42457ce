import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { GitServer } from '../demo/server/git-server.ts'
import { startGitServer } from '../demo/server/git-server.ts'
import { servePage, type ServedPage } from '../test/support/browser.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { type Dataset, repository, workCopy } from './repositories.ts'
import { removeFolder } from './support.ts'

/** What every section gets. */
export interface BenchContext {
  readonly quick: boolean
  /** Only these databases are compared; all unless given. */
  readonly peers?: readonly string[]
  /** Datasets of the sections clone and database; all unless given. */
  readonly sizes?: readonly string[]
  readonly recorder: Recorder
  /** A folder for this run. Removed at the end. */
  readonly folder: string
  /** The pages, each built on first use. They are served from another origin than the repositories. */
  page(name: PageName): Promise<string>
  /** The URL of a dataset that nobody changes. */
  url(set: Dataset): Promise<string>
  /** A new server-side copy that a push may change. */
  pushTarget(set: Dataset): Promise<{ readonly url: string; readonly path: string }>
  readonly server: GitServer
  /** The folder that the server serves: what is put there has a URL. */
  readonly serverRoot: string
  /** How often to repeat, by how heavy one repetition is. */
  repetitions(weight: 'light' | 'medium' | 'heavy'): number
  log(line: string): void
}

export type PageName = 'ours' | 'isomorphic' | 'idle' | 'codec' | `database/${string}` | `versions/${string}`

/** Chromium compiles WebAssembly only where the policy says so; the other pages run under the strict one. */
const policyWithWasm = "default-src 'self' 'wasm-unsafe-eval'; connect-src *"

const repetitions = {
  quick: { light: 3, medium: 2, heavy: 1 },
  full: { light: 5, medium: 3, heavy: 1 },
}

/** Starts the git server and hands out pages; `close` ends and removes everything. */
export async function createContext(options: {
  readonly quick: boolean
  readonly peers?: readonly string[]
  /** Datasets of the sections clone and database; all unless given. */
  readonly sizes?: readonly string[]
  readonly log: (line: string) => void
}): Promise<BenchContext & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-bench-run-'))
  const root = join(folder, 'server')
  await mkdir(root)
  const server = await startGitServer({ root })
  const pages = new Map<PageName, Promise<ServedPage>>()
  const copies = new Map<string, Promise<string>>()
  let nextCopy = 0
  return {
    ...options,
    recorder: createRecorder(options.log),
    folder,
    server,
    serverRoot: root,
    repetitions: (weight) => repetitions[options.quick ? 'quick' : 'full'][weight],
    page: async (name) => {
      const served =
        pages.get(name) ??
        servePage({
          entry: `bench/pages/${name}.page.ts`,
          minify: true,
          ...(name === 'database/sqlite' || name === 'versions/doltlite' ? { policy: policyWithWasm } : {}),
        })
      pages.set(name, served)
      return (await served).url
    },
    url: async (set) => {
      const made = copies.get(set.name) ?? workCopy(set, join(root, basename(await repository(set))))
      copies.set(set.name, made)
      return `${server.url}/${basename(await made)}`
    },
    pushTarget: async (set) => {
      const name = `push-${nextCopy++}.git`
      const path = await workCopy(set, join(root, name))
      return { url: `${server.url}/${name}`, path }
    },
    close: async () => {
      for (const page of pages.values()) await page.then((served) => served.close()).catch(() => {})
      await server.close()
      await removeFolder(folder)
    },
  }
}
