import type { HistoryCalls } from '../../../src/protocol/history.ts'
import { reply } from '../reply.ts'
import { blameRecord, listVersions } from './record-history.ts'
import { searchLog } from './search-log.ts'
import type { VersionsContext } from './versions-context.ts'

/** Answers the calls about history. */
export function answerHistory({ viewOf }: VersionsContext): HistoryCalls {
  return {
    searchLog: (handle, options) =>
      reply(async () => {
        const { snapshot, database } = viewOf(handle)
        const start = options.from === undefined ? snapshot : await database.at(options.from, snapshot)
        return database.withHistory(() => searchLog(database.repository, start, options))
      }),
    recordHistory: (handle, collection, key, options) =>
      reply(async () => {
        const { snapshot, database } = viewOf(handle)
        const start = options.from === undefined ? snapshot : await database.at(options.from, snapshot)
        return database.withHistory(() => listVersions(database.repository, start, collection, key, options))
      }),
    blame: (handle, collection, key) =>
      reply(async () => {
        const { database, ...view } = viewOf(handle)
        return database.withHistory(() => blameRecord(database.repository, view, collection, key))
      }),
  }
}
