import type { WriteOptions } from '../../src/protocol/validation.ts'
import type { Author } from '../../src/protocol/outcomes.ts'
import type { Oid } from '../git/objects/oid.ts'
import { reflogWrite } from '../git/refs/reflog.ts'
import { journalUnmoved, openBranch, type Branch, type Journals } from './branches/branch.ts'
import { currentName } from './repository/branch-policy.ts'
import { openAhead } from './snapshots/commit-snapshot.ts'
import { createLiveQueries, type LiveQueries } from './queries/live-queries.ts'
import { branchRef, refExists, standsInTheWay } from './repository/ref-names.ts'
import type { Repository } from './repository/repository.ts'
import { createTables, type FollowingTables, type Tables } from './queries/tables.ts'
import { beginTransaction, type Transaction } from './writes/transaction.ts'
import { createEditWriter, type EditWriter } from './writes/write-edits.ts'

/** A branch that handles are open on. */
export interface OpenBranch {
  readonly branch: Branch
  readonly writer: EditWriter
  /** What queries read. */
  readonly tables: Tables
  readonly live: LiveQueries
  begin(): Transaction
}

/** The branches of one database that are open in this tab, kept in step with the store. */
export interface OpenBranches {
  all(): readonly (OpenBranch & { readonly tables: FollowingTables })[]
  /** `journals`: what storage says of them, when it was read just now. */
  open(ref: string, journals?: Journals): Promise<OpenBranch>
  /** A branch at a commit, with the message of its reflog. Throws `git/ref-exists`. */
  create(name: string, oid: Oid, message: string): Promise<OpenBranch>
  /** Sees what other tabs did. */
  catchUp(): Promise<void>
  /** The same, once for however many ask while it runs. */
  catchUpSoon(): Promise<void>
}

/** What open branches are made with. */
export interface OpenBranchesParts {
  readonly repository: Repository
  readonly author: Author
  readonly validate: WriteOptions['validate']
  /** The tables of commits that were read lately: branches share what is equal. */
  readonly commitTables: () => Iterable<FollowingTables>
  /** What their live queries tell, and what those run. */
  readonly send: Parameters<typeof createLiveQueries>[1]
  readonly ran: Parameters<typeof createLiveQueries>[3]
  /** Called after branches saw what other tabs did. */
  readonly caughtUp: () => void
}

export function createOpenBranches(parts: OpenBranchesParts): OpenBranches {
  const { repository, author, validate, commitTables, send, ran, caughtUp } = parts
  const opening = new Map<string, Promise<OpenBranch>>()
  const opened: (OpenBranch & { readonly tables: FollowingTables })[] = []

  const open = async (ref: string, journals?: Journals): Promise<OpenBranch> => {
    const known = opened.find(({ branch }) => branch.ref === ref) ?? opening.get(ref)
    if (known) return known
    const promise = repository.alone(async () => {
      const near = opened[0]?.branch.snapshot
      // The first branch opens on what was read a moment ago; later ones look for what other tabs did since.
      const state = journals ?? (near ? undefined : repository.lastSeen) ?? (await repository.refresh())
      const branch = await openBranch(repository, ref, state, near)
      const tables = createTables({ repository, view: () => branch, others: commitTables })
      branch.observe(tables.observer)
      const writer = createEditWriter(repository, branch, validate && { validate })
      const begin = (): Transaction => beginTransaction({ repository, branch, writer, others: commitTables })
      const made = { branch, writer, tables, live: createLiveQueries(tables, send, repository, ran), begin }
      opened.push(made)
      return made
    })
    opening.set(ref, promise)
    try {
      return await promise
    } finally {
      opening.delete(ref)
    }
  }

  const create = async (name: string, oid: Oid, message: string): Promise<OpenBranch> => {
    const ref = branchRef(name)
    const near = opened[0]?.branch.snapshot
    let isAhead = near === undefined || near.commit === oid
    // A branch of this name that is gone has left the number of its journal.
    let journals: Journals = { journal: [], journalSeqs: new Map() }
    await repository.exclusive(async () => {
      for (;;) {
        if (standsInTheWay(repository.refs, ref)) throw refExists(name)
        const committer = { ...author, timestamp: Math.floor(Date.now() / 1000) }
        const stored = repository.commit(
          [{ kind: 'ref', name: ref, value: null }, journalUnmoved(journals, ref)],
          [{ kind: 'setRef', name: ref, value: oid }, reflogWrite(ref, null, oid, committer, message)],
        )
        // Read while the ref is being stored; whoever needs it meets what keeps it from being read.
        if (near && !isAhead) openAhead(repository, oid, near).catch(() => {})
        isAhead = true
        if (await stored) return
        journals = await repository.refresh()
      }
    })
    repository.announcer.announce(ref)
    repository.emit({ type: 'status' })
    // Handles may be open on one of this name that was deleted.
    if (opened.some(({ branch }) => branch.ref === ref)) await catchUp()
    return open(ref, journals)
  }

  const catchUp = (): Promise<void> =>
    repository.alone(async () => {
      const state = await repository.refresh()
      // Those that are being opened wait for this task and then see the same state.
      for (const { branch } of opened) {
        // Deleted: its next write says so. The other branches follow all the same.
        if (repository.refs.oid(currentName(repository, branch.ref)) === null) continue
        if (await branch.catchUp(state))
          repository.emit({ type: 'changed', branch: branch.name, records: null })
      }
      repository.emit({ type: 'status' })
      caughtUp()
    })

  let catchingUp: Promise<void> | undefined
  let following: Promise<void> | undefined
  const catchUpSoon = (): Promise<void> => {
    // One that runs already may have read the state before this news: one more follows it, however many ask.
    if (catchingUp)
      return (following ??= catchingUp
        .catch(() => {})
        .then(() => {
          following = undefined
          return catchUpSoon()
        }))
    catchingUp = catchUp().finally(() => {
      catchingUp = undefined
    })
    return catchingUp
  }
  repository.announcer.listen(() => {
    // A hint only: when it fails, the next write or wake looks again.
    catchUpSoon().catch(() => {})
  })

  return { all: () => opened, open, create, catchUp, catchUpSoon }
}
