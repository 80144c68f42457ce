import type { HistoryCalls } from '../../../../src/protocol/history.ts'
import { needOptions } from '../../../../src/protocol/options.ts'
import { reply } from '../../common/reply.ts'
import { checkHistoryOptions, checkLogOptions } from '../check-options.ts'
import { ownView } from '../own-view.ts'
import { blameRecord, listVersions } from './record-history.ts'
import { searchLog } from './search-log.ts'
import type { VersionsContext } from '../versions-context.ts'

/** Answers the calls about history. Each commit is read with its own definitions. */
export function answerHistory(context: VersionsContext): HistoryCalls {
  return {
    searchLog: (handle, options) =>
      reply(async () => {
        checkLogOptions(options)
        const { snapshot, database } = await ownView(context, handle, options.at)
        return database.withHistory(() => searchLog(database.repository, snapshot, options))
      }),
    recordHistory: (handle, collection, key, options) =>
      reply(async () => {
        checkHistoryOptions(options)
        const { snapshot, database } = await ownView(context, handle, options.at)
        return database.withHistory(() =>
          listVersions(database.repository, snapshot, collection, key, options),
        )
      }),
    blame: (handle, collection, key, options = {}) =>
      reply(async () => {
        needOptions(options, { at: true })
        const { database, ...view } = await ownView(context, handle, options.at)
        return database.withHistory(() => blameRecord(database.repository, view, collection, key))
      }),
  }
}
