import type { FormatPlugins } from '../format/plugins.ts'
import type { SchemaTools } from '../schema-tools/schema-tools.ts'

/** An optional part of the engine. Apps list them in their own worker entry; in Node all are built in. */
export interface EnginePlugin extends FormatPlugins {
  readonly name: string
  readonly schemaTools?: SchemaTools
}

/** All plug-ins as one; of two that bring the same part the later one counts. */
export function joinPlugins(plugins: readonly EnginePlugin[]): EnginePlugin {
  const name = plugins.map((plugin) => plugin.name).join('+')
  return Object.assign({}, ...plugins, { name }) as EnginePlugin // every part comes from one of them
}
