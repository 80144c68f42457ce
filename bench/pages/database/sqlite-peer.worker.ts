import { expose, proxy } from 'comlink'
import { createSqlitePeer } from '../../database/peers/sqlite.ts'

const peer = createSqlitePeer()
// A function crosses to the page as a proxy.
expose({
  ...peer,
  watchCategory: async (...args: Parameters<typeof peer.watchCategory>) =>
    proxy(await peer.watchCategory(...args)),
})
