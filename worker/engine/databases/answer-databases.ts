import type { DatabasesEngine } from '../../../src/protocol/databases.ts'
import { createDatabases } from './databases.ts'
import type { Platform } from '../platform/platform.ts'
import { reply } from '../common/reply.ts'

/** Answers the calls about databases that need not be open. */
export function answerDatabases(platform: Platform): DatabasesEngine {
  return {
    list: (namespace, options) => reply(() => createDatabases(platform, namespace).list(options)),
    trash: (namespace, options) => reply(() => createDatabases(platform, namespace).trash(options)),
    get: (namespace, which, options) => reply(() => createDatabases(platform, namespace).get(which, options)),
    rename: (namespace, which, name) => reply(() => createDatabases(platform, namespace).rename(which, name)),
    delete: (namespace, which, options) =>
      reply(() => createDatabases(platform, namespace).delete(which, options)),
    purge: (namespace, which, options) =>
      reply(() => createDatabases(platform, namespace).purge(which, options)),
    restore: (namespace, which) => reply(() => createDatabases(platform, namespace).restore(which)),
    emptyTrash: (namespace) => reply(() => createDatabases(platform, namespace).emptyTrash()),
  }
}
