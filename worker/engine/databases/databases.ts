import type {
  DatabaseInfo,
  DatabasePage,
  DeleteDatabaseOptions,
  DeleteOutcome,
  EmptyTrashOutcome,
  GetDatabaseOptions,
  ListDatabasesOptions,
  PurgeDatabaseOptions,
  RenameOutcome,
  RestoreOutcome,
  TrashedDatabase,
} from '../../../src/protocol/databases.ts'
import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import { needOptions, refuseOption } from '../../../src/protocol/options.ts'
import { parseRemoteUrl } from '../../remote/remote-url.ts'
import { openLock } from '../repository/activities.ts'
import { asTrashed, describeDatabase } from './database-info.ts'
import { pageOf } from './database-page.ts'
import {
  cleanName,
  defaultName,
  maxNameLength,
  newDatabaseRow,
  parseDatabaseRow,
  type DatabaseRow,
  type Summary,
} from './database-row.ts'
import { problemOf } from '../repository/database-state.ts'
import type { Platform, StorageNames } from '../platform/platform.ts'
import { naming } from './registration.ts'
import { summarizeStorage } from './summarize.ts'
import { createTrash } from './trash.ts'

/** The local databases of one namespace, none of which needs to be open. */
export interface Databases {
  list(options: ListDatabasesOptions): Promise<DatabasePage>
  trash(options: ListDatabasesOptions): Promise<DatabasePage<TrashedDatabase>>
  get(which: string, options: GetDatabaseOptions): Promise<DatabaseInfo | undefined>
  rename(which: string, name: string): Promise<RenameOutcome>
  delete(which: string, options: DeleteDatabaseOptions): Promise<DeleteOutcome>
  purge(which: string, options: PurgeDatabaseOptions): Promise<DeleteOutcome>
  restore(which: string): Promise<RestoreOutcome>
  emptyTrash(): Promise<EmptyTrashOutcome>
}

export function createDatabases(platform: Platform, namespace: string): Databases {
  const registry = platform.registry(namespace)
  const trash = createTrash(platform, registry)

  const rows = async (): Promise<Map<string, DatabaseRow>> => {
    const all = new Map<string, DatabaseRow>()
    for (const { id, value } of await registry.all()) {
      const row = parseDatabaseRow(value)
      if (row) all.set(id, row)
    }
    return all
  }

  /** Counts what a store holds, unless somebody deletes it just now. Undefined: it cannot be read now. */
  const countStore = async (id: string): Promise<Pick<DatabaseRow, 'summary' | 'error'> | undefined> => {
    const release = await platform.lock(id).holdShared(openLock)
    try {
      if (!(await platform.storages()).has(id)) return undefined
      const storage = await platform.openStorage(id)
      try {
        return { summary: await summarizeStorage(storage) }
      } finally {
        await storage.close()
      }
    } catch (error) {
      if (!isEspalierError(error)) throw error
      return error.code === 'storage/locked' ? undefined : { summary: null, error: problemOf(error) }
    } finally {
      release()
    }
  }

  /** Takes in stores that no row knows: those of earlier versions, and of tabs that died early. */
  const adopt = async (known: Map<string, DatabaseRow>, { names }: StorageNames): Promise<void> => {
    for (const id of names) {
      const url = id.slice(namespace.length + 1)
      if (known.has(id) || !id.startsWith(`${namespace} `) || !/^https?:\/\/\S+$/.test(url)) continue
      const counted = await countStore(id)
      if (!counted) continue
      const taken = new Set([...known.values()].map(({ name }) => name))
      const value = await registry.update(
        id,
        (row) => row ?? { ...newDatabaseRow(url, defaultName(url, taken), Date.now()), ...counted },
      )
      const row = parseDatabaseRow(value)
      if (row) known.set(id, row)
    }
  }

  /** Counts again what was open in tabs that died: they may not have noted what changed last. */
  const recount = async (known: Map<string, DatabaseRow>): Promise<void> => {
    for (const [id, row] of known) {
      const { followers = [] } = row
      if (followers.length === 0 || (await platform.lock(id).isHeld(openLock))) continue
      const counted = await countStore(id)
      const value = await registry.update(id, (now) => {
        const noted = parseDatabaseRow(now)
        if (!noted) return now
        const rest = noted.followers?.filter((follower) => !followers.includes(follower)) ?? []
        return { ...(counted ? withCounted(noted, counted) : noted), followers: rest }
      })
      known.set(id, parseDatabaseRow(value) ?? row)
    }
  }

  const everything = async (): Promise<{ all: Map<string, DatabaseRow>; storages: StorageNames }> => {
    await trash.dropExpired(await rows())
    const storages = await platform.storages()
    const all = await rows()
    await adopt(all, storages)
    await recount(all)
    return { all, storages }
  }

  const find = async (which: string): Promise<{ id: string; row: DatabaseRow } | undefined> => {
    const id = idOf(namespace, which)
    const known = parseDatabaseRow(await registry.get(id))
    const all = known ? new Map([[id, known]]) : (await everything()).all
    if (known) await recount(all)
    const row = all.get(id)
    return row && { id, row }
  }

  return {
    list: async (options) => {
      const { all, storages } = await everything()
      const shown = [...all].filter(([, row]) => !row.trash)
      return pageOf(
        'databases',
        await Promise.all(shown.map(([id, row]) => describeDatabase(platform, storages, id, row))),
        options,
      )
    },
    trash: async (options) => {
      const { all, storages } = await everything()
      const infos: Promise<TrashedDatabase>[] = []
      for (const [id, row] of all) {
        const { trash: trashed } = row
        if (!trashed) continue
        infos.push(describeDatabase(platform, storages, id, row).then((info) => asTrashed(info, trashed)))
      }
      return pageOf('trash', await Promise.all(infos), options)
    },
    get: async (which, options) => {
      needOptions(options, { fresh: 'boolean' })
      const found = await find(which)
      if (!found || found.row.trash) return undefined
      const { id } = found
      let { row } = found
      const counted = options.fresh === true ? await countStore(id) : undefined
      if (counted) {
        const value = await registry.update(id, (noted) =>
          withCounted(parseDatabaseRow(noted) ?? row, counted),
        )
        row = parseDatabaseRow(value) ?? row
      }
      return describeDatabase(platform, await platform.storages(), id, row)
    },
    rename: async (which, wanted) => {
      const name = typeof wanted === 'string' ? cleanName(wanted) : undefined
      if (name === undefined) {
        throw new EspalierError(
          'engine/bad-argument',
          `A name is one line of 1 to ${maxNameLength} characters. Choose another.`,
        )
      }
      const found = await find(which)
      if (!found) return { status: 'missing' }
      const { id } = found
      // Alone among renamings of all tabs, so that two cannot take one name.
      return naming(platform, namespace, async () => {
        for (const [other, row] of await rows())
          if (other !== id && row.name === name) return { status: 'taken', by: other }
        const value = await registry.update(
          id,
          (noted) => {
            const row = parseDatabaseRow(noted)
            return row && { ...row, name }
          },
          'strict',
        )
        return value === undefined ? { status: 'missing' } : { status: 'renamed', name }
      })
    },
    delete: async (which, options) => {
      needOptions(options, { force: 'boolean', keepDays: true })
      const found = await find(which)
      return found ? trash.put(found.id, options) : { status: 'missing' }
    },
    purge: async (which, options) => {
      needOptions(options, { force: 'boolean' })
      const found = await find(which)
      return found ? trash.purge(found.id, options.force === true) : { status: 'missing' }
    },
    restore: async (which) => {
      const found = await find(which)
      const row = found && (await trash.restore(found.id))
      if (!row) return { status: 'missing' }
      const { id } = found
      const database = await describeDatabase(platform, await platform.storages(), id, row)
      return { status: 'restored', database }
    },
    emptyTrash: async () => trash.empty(await rows()),
  }
}

/** An id as it is, or the id of an address. Throws `remote/bad-url`, `engine/bad-argument` for what is no text. */
function idOf(namespace: string, which: string): string {
  if (typeof which !== 'string') refuseOption('which', which, 'an id or an address')
  return which.includes(' ') ? which : `${namespace} ${parseRemoteUrl(which).url}`
}

/** What only an open database knows stays as noted: conflicts, and errors that counting does not meet. */
function withCounted(
  row: DatabaseRow,
  { summary, error }: { readonly summary: Summary | null; readonly error?: DatabaseRow['error'] },
): DatabaseRow {
  if (error) return { ...row, error }
  return {
    ...row,
    summary: summary && {
      ...summary,
      branches: summary.branches.map((branch) => ({
        ...branch,
        conflicts: Math.min(
          branch.workingChanges,
          row.summary?.branches.find(({ name }) => name === branch.name)?.conflicts ?? 0,
        ),
      })),
    },
  }
}
