import { inlinePackBytes, type ObjectStore } from '../git/packs/object-store.ts'
import { oidFromBytes } from '../git/objects/oid.ts'
import type { Pack } from '../git/packs/pack-reader.ts'
import type { StorageState } from '../storage/storage.ts'
import { completePack, type PackFiles } from './complete-pack.ts'
import { createVirtualFiles, type VirtualFiles } from './virtual-files.ts'

/** Where the bare repository lies in the fs face. */
export const gitdir = '/repository.git'
/** The meta value that keeps the repository's `config` file. */
export const configKey = 'git/config'

/** HEAD of a repository that has none stored yet. */
export const newHead = 'ref: refs/heads/main'
const newConfig = '[core]\n\trepositoryformatversion = 0\n\tfilemode = false\n\tbare = true\n'

/** A stored repository as the files of a standard bare one (gitrepository-layout(5)). Packs are read when asked for. */
export function repositoryFiles(state: StorageState, store: ObjectStore, remoteUrl?: string): VirtualFiles {
  const files = createVirtualFiles()
  const text = (path: string, content: string): void =>
    files.seed(`${gitdir}/${path}`, () => new TextEncoder().encode(content))

  const config = state.meta.get(configKey)
  text('config', typeof config === 'string' ? config : newConfig + remoteConfig(remoteUrl))
  text('HEAD', `${newHead}\n`)
  let packed = '# pack-refs with: sorted\n'
  for (const { name, value } of state.refs) {
    const isPlain = name.startsWith('refs/') && !value.startsWith('ref: ')
    if (isPlain) packed += `${value} ${name}\n`
    else text(name, value === '' ? '' : `${value}\n`)
  }
  text('packed-refs', packed)
  for (const pack of store.packs()) {
    const path = `${gitdir}/objects/pack/pack-${packName(pack)}`
    let small: Promise<PackFiles> | undefined
    const load = (): Promise<PackFiles> => {
      // A large pack is read again rather than kept: the reader of its file keeps it already.
      if (pack.bytes.sizeBytes > inlinePackBytes) return completePack(pack, store.reader)
      small ??= completePack(pack, store.reader)
      return small
    }
    files.seed(`${path}.pack`, async () => (await load()).pack)
    files.seed(`${path}.idx`, async () => (await load()).index)
  }
  for (const folder of [
    'objects',
    'objects/pack',
    'objects/info',
    'refs',
    'refs/heads',
    'refs/tags',
    'info',
  ]) {
    if (files.kind(`${gitdir}/${folder}`) === null) files.makeFolder(`${gitdir}/${folder}`)
  }
  return files
}

/** The checksum of the pack as it is stored, which its index names before its own (gitformat-pack(5)). */
function packName({ index: { bytes } }: Pack): string {
  return oidFromBytes(bytes, bytes.length - 40)
}

/** The remote as `git clone` writes it, so that a fetch or push by its name works. */
function remoteConfig(url: string | undefined): string {
  if (url === undefined) return ''
  return `[remote "origin"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`
}

/** The rows of the ref store that the files mean now: loose files win over packed-refs, as in git. */
export async function refsOfFiles(files: VirtualFiles): Promise<ReadonlyMap<string, string>> {
  const read = async (path: string): Promise<string> => new TextDecoder().decode(await files.read(path))
  const refs = new Map<string, string>()
  if (files.kind(`${gitdir}/packed-refs`)) {
    for (const line of (await read(`${gitdir}/packed-refs`)).split('\n')) {
      const [, oid, name] = /^([0-9a-f]{40}) (refs\/\S+)$/.exec(line.trimEnd()) ?? []
      if (oid && name) refs.set(name, oid)
    }
  }
  const loose = [
    ...files.below(`${gitdir}/refs`).map(({ path }) => path),
    ...['HEAD', 'shallow'].map((name) => `${gitdir}/${name}`).filter((path) => files.kind(path)),
  ]
  for (const path of loose) {
    const value = (await read(path)).trim()
    const name = path.slice(gitdir.length + 1)
    if (value !== '') refs.set(name, value)
  }
  return refs
}
