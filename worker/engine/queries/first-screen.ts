import { firstScreenKey, type FirstScreen } from '../../../src/protocol/first-screen.ts'
import { protocolVersion, type HandleInfo, type OpenRequest } from '../../../src/protocol/engine.ts'
import type { Branch } from '../branches/branch.ts'
import { branchRef, headRef } from '../repository/ref-names.ts'
import type { Repository } from '../repository/repository.ts'

/** A database that was opened, and what its app asked. */
export interface FirstScreenParts {
  readonly repository: Repository
  readonly branch: Branch
  readonly request: Pick<OpenRequest, 'branch' | 'screen'>
  readonly info: HandleInfo
  /** The answers that are kept of what was asked last, by query. */
  readonly pages: () => Promise<FirstScreen['pages']>
}

/**
 * Keeps what the app shows, so that the page itself can show it at the next opening: soon after each call of
 * what it returns, and after everything that this tab writes then, since it holds for one state of the store. Undefined where pages cannot read that.
 */
export function firstScreenKeeper(parts: FirstScreenParts): (() => void) | undefined {
  const { repository, request, info } = parts
  const { derived, storage } = repository
  const { screen: options } = request
  if (!derived || !storage.keepFirstScreen || options === undefined || info.lost !== null) return undefined
  const keepSoon = (): void =>
    derived.keep(firstScreenKey, async () => {
      const screen = await makeScreen(parts, options)
      if (screen) await storage.keepFirstScreen?.(JSON.stringify(screen))
    })
  let follows = false
  return () => {
    if (!follows) repository.onStored(keepSoon)
    follows = true
    keepSoon()
  }
}

async function makeScreen(parts: FirstScreenParts, options: string): Promise<FirstScreen | undefined> {
  const { branch, info, pages } = parts
  // Before the answers: what is written while they are read makes the screen one that is never used.
  const stamp = await stampOfView(parts)
  if (stamp === undefined) return undefined
  const kept = await pages()
  if (Object.keys(kept).length === 0) return undefined
  const { handle: _, ...opened } = info
  return {
    protocol: protocolVersion,
    options,
    stamp,
    opened: { ...opened, commit: branch.snapshot.commit },
    pages: kept,
  }
}

/** The stamp of the store as it is shown here. Undefined where more was written, or another branch would be opened. */
async function stampOfView({ repository, branch, request }: FirstScreenParts): Promise<string | undefined> {
  // While something fetched is being stored, what is shown is not in the store.
  if (!repository.isDurable()) return undefined
  const seen = await repository.alone(repository.refresh)
  const next = request.branch === undefined ? repository.refs.target(headRef) : branchRef(request.branch)
  const isShown =
    next === branch.ref &&
    repository.refs.oid(next) === branch.snapshot.commit &&
    (seen.journalSeqs.get(next) ?? 0) === branch.journalSeq
  return isShown ? seen.stamp : undefined
}
