// The one entry of src that reaches into worker/: in Node the engine runs in this process.
import { lendStorage, type LentStorage } from '../worker/git-face/lent-storage.ts'
import { createNodeEngine } from '../worker/node-engine.ts'
import { connectInProcess } from './client/connection.ts'
import type { Database } from './client/database.ts'
import { openOver, type OpenOptions } from './open.ts'
import type { AnySchema, Untyped } from './types/collection-types.ts'
import type { FromStandard, StandardSchemas } from './types/standard-schema.ts'

export { EspalierError, isEspalierError } from './protocol/errors.ts'
export { defineSchema, type Infer } from './types/inline-schema.ts'

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
export async function open(url: string, options: NodeOpenOptions = {}): Promise<Database> {
  const { folder } = options
  let opened: LentStorage | undefined
  const engine = createNodeEngine({
    ...(folder === undefined ? {} : { folder }),
    onStorage: (parts) => {
      opened = parts
    },
  })
  const database = await openOver<Untyped>(connectInProcess(engine), url, options)
  if (opened) lendStorage(database, opened)
  return database
}
