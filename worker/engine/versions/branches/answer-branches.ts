import type { BranchCalls } from '../../../../src/protocol/branches.ts'
import { needOptions, refuseOption } from '../../../../src/protocol/options.ts'
import { reply } from '../../common/reply.ts'
import { deleteBranch } from './delete-branch.ts'
import { deleteRemoteTags } from './delete-remote-tags.ts'
import { listBranches } from './list-branches.ts'
import { listLost } from './lost-refs.ts'
import { protectBranch } from './protect-branch.ts'
import { pushTags } from './push-tags.ts'
import { renameBranch } from './rename-branch.ts'
import { restoreLost } from './restore-lost.ts'
import { createTag, deleteTag, listTags } from './tags.ts'
import type { VersionsContext } from '../versions-context.ts'

/** Answers the calls about branches and tags. */
export function answerBranches(context: VersionsContext): BranchCalls {
  const { viewOf, abortable } = context
  return {
    listBranches: (id, options) =>
      reply(async () => {
        needOptions(options, { against: 'string' })
        const { database, snapshot } = viewOf(id)
        return listBranches(database.repository, snapshot.commit, options?.against)
      }),
    renameBranch: (id, from, to) => reply(async () => renameBranch(viewOf(id).database, from, to)),
    deleteBranch: (id, name, options) =>
      reply(async () => {
        needOptions(options, { force: 'boolean' })
        return deleteBranch(viewOf(id).database, name, options?.force === true)
      }),
    protectBranch: (id, name, on) =>
      reply(async () => {
        needOptions({ on }, { on: 'boolean' })
        if (on === undefined) refuseOption('on', on, 'true or false')
        return protectBranch(viewOf(id).database, name, on)
      }),
    listTags: (id) => reply(async () => listTags(viewOf(id).database.repository)),
    createTag: (id, name, options) =>
      reply(async () => {
        needOptions(options, { at: true, message: 'string', author: 'object' })
        return createTag(context, id, name, options)
      }),
    deleteTag: (id, name) => reply(async () => deleteTag(viewOf(id).database, name)),
    pushTags: (id, token, names) =>
      reply(() => abortable(token, (signal) => pushTags(context, id, names, signal))),
    deleteRemoteTags: (id, token, names) =>
      reply(() => abortable(token, (signal) => deleteRemoteTags(context, id, names, signal))),
    listLost: (id) => reply(async () => listLost(viewOf(id).database.repository)),
    restoreLost: (id, lost, as) => reply(async () => restoreLost(viewOf(id).database, lost, as)),
  }
}
