import { joinPath } from '../file-path.ts'
import type { FileTree } from '../file-tree.ts'

/** The data files of one format in one folder. */
export interface FileGroup {
  /** The folder from the root; '' is the root. */
  readonly dir: string
  readonly extension: string
  readonly format: string
  /** In order of their names. */
  readonly names: readonly string[]
  /** Names in the folder that end alike and are no data. */
  readonly ignored: readonly string[]
}

/** A folder as it was listed. */
export interface DataFolder {
  readonly dir: string
  /** The folders in it, in order of their names. */
  readonly dirs: readonly string[]
  readonly groups: readonly FileGroup[]
}

const formats: { readonly [extension: string]: string } = {
  json: 'json',
  yaml: 'yaml',
  yml: 'yml',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  md: 'markdown',
  markdown: 'markdown',
  ingr: 'ingr',
  toml: 'toml',
}
const ignoredDirs = /^(?:\.|\$|node_modules$|vendor$|dist$|__pycache__$)/i
/** Settings of tools, and documents about a repository, wherever they lie. */
const ignoredFiles =
  /(?:^|[-_.])lock\.[a-z]+$|^(?:package|composer|bower|deno|[tj]sconfig(?:\..+)?|npm-shrinkwrap|mkdocs|_config|docker-compose|compose|pyproject|cargo|netlify|renovate|biome|datapackage)\.(?:json|ya?ml|toml)$|\.schema\.json$|^(?:readme|license|licence|changelog|contributing|code_of_conduct|security|notice|authors|todo)(?:[-_.].*)?\.(?:md|markdown)$/i
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const unusable = /[{}\\\u0000-\u001f\u007f]/

/** Lists one folder; undefined when there is none. Names that no definition could hold are left out. */
export async function listDataFolder(tree: FileTree, dir: string): Promise<DataFolder | undefined> {
  const entries = await tree.list(dir)
  if (entries === undefined) return undefined
  const dirs: string[] = []
  const groups = new Map<string, { names: string[]; ignored: string[] }>()
  for (const { name, kind } of entries) {
    if (kind === 'dir') {
      if (!ignoredDirs.test(name) && !unusable.test(name)) dirs.push(name)
      continue
    }
    const extension = /^[^.].*\.([a-z]+)$/.exec(name)?.[1] ?? ''
    const format = Object.hasOwn(formats, extension) ? formats[extension] : undefined
    if (format === undefined) continue
    const group = groups.get(extension) ?? { names: [], ignored: [] }
    groups.set(extension, group)
    if (unusable.test(name)) continue
    ;(ignoredFiles.test(name) ? group.ignored : group.names).push(name)
  }
  return {
    dir,
    dirs: dirs.toSorted(),
    groups: [...groups].flatMap(([extension, { names, ignored }]) =>
      names.length === 0
        ? []
        : // The extension is one of the table: checked above.
          [{ dir, extension, format: formats[extension] as string, names: names.toSorted(), ignored }],
    ),
  }
}

/** A collection id for a path: segments joined with dots, with nothing but letters, digits and underscores. */
export function idForPath(...parts: readonly string[]): string {
  const segments = joinPath(...parts).split('/')
  const words = segments.map((segment) =>
    segment
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^A-Za-z0-9]+/g, '_')
      .replaceAll(/^_|_$/g, ''),
  )
  return words.filter((word) => word !== '').join('.') || 'records'
}
