import type { CollectionDefinition } from '../../src/protocol/schema.ts'

/** How a YAML or JSON file that holds one map (a definition, settings) is read as a record; undefined for other files. */
export function structureDefinition(path: string): CollectionDefinition | undefined {
  const format = /\.(ya?ml|json)$/.exec(path)?.[1]
  if (format === undefined) return undefined
  return {
    id: path,
    titles: {},
    dataDir: '',
    recordsDir: '',
    columns: [],
    columnsOrder: [],
    primaryKey: [],
    recordFile: { name: path, format, type: 'map[string]any' },
    readable: { ok: true },
    definitionPath: path,
  }
}
