import { resolve } from 'node:path'
// The one entry of src that reaches into worker/: in Node the engine runs in this process.
import { lendStorage, type LentStorage } from '../worker/git-face/lent-storage.ts'
import { createNodeEngine, createNodeTabs, type NodeTabs } from '../worker/node-engine.ts'
import { connectInProcess } from './client/connection.ts'
import type { Database } from './client/database.ts'
import { createDatabases } from './client/databases.ts'
import { storageFace, type LocalDatabases } from './databases.ts'
import { openOver, type OpenOptions } from './open.ts'
import type { AnySchema, Untyped } from './types/collection-types.ts'
import type { FromStandard, StandardSchemas } from './types/standard-schema.ts'

export { EspalierError, isEspalierError } from './protocol/errors.ts'
export { defineSchema, type Infer } from './types/inline-schema.ts'
/** The types of the browser's face are those of this one. */
export type * from './index.ts'

export interface NodeOpenOptions extends Omit<OpenOptions, 'worker'> {
  /** A folder for durable databases; without one the database lives in memory. */
  readonly folder?: string
}

/**
 * Opens a repository of records in Node, with the same face as in the browser.
 *
 * @example
 * ```ts
 * import { open } from 'espalier/node'
 * const db = await open('https://git.example.com/acme/reference-data.git', { folder: './databases' })
 * ```
 */
export function open<const Schemas extends StandardSchemas>(
  url: string,
  options: NodeOpenOptions & { readonly schemas: Schemas },
): Promise<Database<FromStandard<Schemas>>>
export function open<Schema extends AnySchema = Untyped>(
  url: string,
  options?: NodeOpenOptions,
): Promise<Database<Schema>>
export async function open(url: string, { folder, ...options }: NodeOpenOptions = {}): Promise<Database> {
  let opened: LentStorage | undefined
  const engine = createNodeEngine({
    ...inFolder(folder),
    onStorage: (parts) => {
      opened = parts
    },
  })
  const database = await openOver<Untyped>(connectInProcess(engine), url, options)
  if (opened) lendStorage(database, opened)
  return database
}

export interface NodeDatabasesOptions {
  /** The folder that was given to `open`. */
  readonly folder?: string
  /** The namespace that was given to `open`. Default `'espalier'`. */
  readonly namespace?: string
}

export interface NodeDatabases extends Omit<LocalDatabases, 'with'> {
  /**
   * The databases of a folder, or of another namespace.
   *
   * @example
   * ```ts
   * import { databases } from 'espalier/node'
   * const { total } = await databases.with({ folder: './databases' }).list()
   * ```
   */
  with(options: NodeDatabasesOptions): NodeDatabases
}

/**
 * The databases of a folder: name it with `databases.with({ folder })`. Those in memory end when they are closed, so
 * that there is nothing to list without one.
 */
export const databases: NodeDatabases = nodeDatabases({})

function nodeDatabases({ folder, namespace = 'espalier' }: NodeDatabasesOptions): NodeDatabases {
  const connection = connectInProcess(createNodeEngine(inFolder(folder)))
  return {
    ...createDatabases((call) => connection.call((engine) => call(engine.databases)), namespace),
    with: nodeDatabases,
    ...storageFace,
  }
}

/** What the engines of this process that share a folder know of each other. */
const tabsByFolder = new Map<string, NodeTabs>()

function inFolder(folder: string | undefined): { readonly folder?: string; readonly tabs?: NodeTabs } {
  if (folder === undefined) return {}
  const path = resolve(folder)
  const tabs = tabsByFolder.get(path) ?? createNodeTabs()
  tabsByFolder.set(path, tabs)
  return { folder, tabs }
}
