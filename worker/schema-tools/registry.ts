import { declaredPath, joinPath } from '../format/file-path.ts'
import type { FileTree } from '../format/file-tree.ts'
import { parseSchemaFile } from '../format/schema/schema-file.ts'
import { parseSchemaText } from '../format/schema/schema-text.ts'
import { formatYamlKey, formatYamlScalar } from '../format/yaml/yaml-emit.ts'
import { editFile, type Planning, refuse } from './planning.ts'

const registryName = '.ingitdb/root-collections.yaml'

/** Where a root collection is, or would be, registered. */
export interface Registration {
  /** The registry: the database's own, or that of the module which the id's namespace imports. */
  readonly file: string
  /** The id inside that registry. */
  readonly key: string
  /** The folder that the registry's paths are relative to. */
  readonly dir: string
  /** The namespace import (`ns.*`) of the database's registry, for a module's collection. */
  readonly importKey?: string
}

/** Where an id belongs. */
export async function registrationOf(tree: FileTree, id: string): Promise<Registration> {
  const root = await entriesOf(tree, registryName)
  const own: Registration = { file: registryName, key: id, dir: '' }
  if (root.has(id)) return own
  for (const [importKey, declared] of root) {
    if (!importKey.endsWith('.*') || !id.startsWith(importKey.slice(0, -1))) continue
    const outcome = typeof declared === 'string' ? declaredPath(declared) : { refused: '' }
    if ('refused' in outcome) continue
    const dir = outcome.path
    return { file: joinPath(dir, registryName), key: id.slice(importKey.length - 1), dir, importKey }
  }
  return own
}

/** The folder of a registered collection, from the database root. */
export async function registeredPath(tree: FileTree, id: string): Promise<string> {
  const { file, key, dir } = await registrationOf(tree, id)
  const declared = (await entriesOf(tree, file)).get(key)
  const outcome = typeof declared === 'string' ? declaredPath(declared) : { refused: 'it must be text' }
  return 'path' in outcome
    ? joinPath(dir, outcome.path)
    : refuse('format/bad-path', `The path of "${id}" is not usable: ${outcome.refused}.`, { file })
}

/** The folder of a new collection: as wished, or the id with `/` for each dot, below its module. */
export async function newPath(tree: FileTree, id: string, wished: string | undefined): Promise<string> {
  const { key, dir } = await registrationOf(tree, id)
  return wished ?? joinPath(dir, key.replaceAll('.', '/'))
}

/** Registers a collection; sorted, where the file is. Refuses paths that its registry cannot name. */
export async function register(planning: Planning, id: string, path: string): Promise<void> {
  const { tree } = planning
  const { file, key, dir } = await registrationOf(tree, id)
  const outcome = declaredPath(path)
  if ('refused' in outcome) {
    return refuse('format/bad-path', `The path "${path}" is refused: ${outcome.refused}.`, {
      file,
      collection: id,
    })
  }
  const inside = dir === '' ? outcome.path : outcome.path.slice(dir.length + 1)
  if ((dir !== '' && !outcome.path.startsWith(`${dir}/`)) || inside === '') {
    refuse('format/bad-path', `"${id}" belongs to the module in "${dir}"; choose a path inside it.`, {
      file,
      collection: id,
    })
  }
  const bytes = await tree.readFile(file)
  const entries = await entriesOf(tree, file)
  if (entries.size === 0) {
    // An empty file or comments only: nothing to edit between.
    const text = new TextDecoder().decode(bytes).replace(/^\{\}[ \t]*$/m, '')
    const comments = text.trim() === '' ? '' : `${text.trimEnd()}\n`
    const line = `${formatYamlKey(key)}: ${formatYamlScalar(inside)}\n`
    tree.write(file, new TextEncoder().encode(comments + line))
    return
  }
  const smaller = [...entries.keys()].filter((name) => name < key).sort()
  await editFile(
    planning,
    file,
    [{ kind: 'insert', path: [key], value: inside, after: smaller.at(-1) ?? null }],
    id,
  )
}

/** Takes a collection out of its registry; a module without collections goes with its import. Never leaves an empty file. */
export async function unregister(planning: Planning, id: string): Promise<void> {
  const { tree } = planning
  const { file, key, importKey } = await registrationOf(tree, id)
  const left = (await entriesOf(tree, file)).size - 1
  if (left === 0 && importKey !== undefined) {
    tree.remove(file)
    await editFile(planning, registryName, [{ kind: 'remove', path: [importKey] }], id)
  } else {
    await editFile(planning, file, [{ kind: 'remove', path: [key] }], id)
  }
}

/** Gives a registered collection another id in the same registry, at its place. */
export async function renameRegistered(planning: Planning, id: string, to: string): Promise<boolean> {
  const from = await registrationOf(planning.tree, id)
  const target = await registrationOf(planning.tree, to)
  if (from.file !== target.file) return false
  await editFile(planning, from.file, [{ kind: 'rename', path: [from.key], to: target.key }], id)
  return true
}

async function entriesOf(tree: FileTree, file: string): Promise<ReadonlyMap<string, unknown>> {
  const bytes = await tree.readFile(file)
  if (bytes === undefined) return new Map()
  const parsed = parseSchemaFile(bytes, parseSchemaText)
  if ('entries' in parsed) return parsed.entries
  return refuse('format/syntax', `The list of collections cannot be read: ${parsed.message}.`, { file })
}
