import { EspalierError, isEspalierError } from '../../../src/protocol/errors.ts'
import type { CommitLinks } from '../objects/commit.ts'
import { parseCommitLinks } from '../objects/commit.ts'
import type { ObjectReader } from '../objects/object.ts'
import type { Oid } from '../objects/oid.ts'

/** The commit graph as far as we have it. The parents of a commit at the shallow boundary are not followed. */
export interface History {
  /**
   * Throws `git/history-missing` when the commit is not here (`child` names the commit that led to it), and
   * `git/object-type` when it is not a commit.
   */
  links(oid: Oid, child?: Oid): Promise<CommitLinks>
  /** The bytes of a commit. Throws as `links` does. */
  read(oid: Oid, child?: Oid): Promise<Uint8Array>
}

/** A view of the graph that remembers what it has parsed. Make a new one after the boundary moved. */
export function createHistory(reader: ObjectReader, shallow: ReadonlySet<Oid> = new Set()): History {
  const known = new Map<Oid, CommitLinks>()

  async function read(oid: Oid, child?: Oid): Promise<Uint8Array> {
    const { type, bytes } = await reader.read(oid).catch((cause: unknown) => {
      if (child === undefined || !isEspalierError(cause, 'git/object-missing')) throw cause
      throw new EspalierError(
        'git/history-missing',
        `The commit ${oid}, a parent of ${child}, is not here. Fetch the history of the repository.`,
        { data: { oid, child }, cause },
      )
    })
    if (type !== 'commit') {
      throw new EspalierError('git/object-type', `The object ${oid} is a ${type}, not a commit.`, {
        data: { oid, type },
      })
    }
    return bytes
  }

  return {
    read,
    async links(oid, child) {
      const seen = known.get(oid)
      if (seen !== undefined) return seen
      const parsed = parseCommitLinks(await read(oid, child))
      const links = shallow.has(oid) ? { ...parsed, parents: [] } : parsed
      known.set(oid, links)
      return links
    },
  }
}

/** A view that notes in `met` which commits at the shallow boundary were asked for: there answers may be cut short. */
export function watchBoundary(
  history: History,
  shallow: ReadonlySet<Oid>,
): { readonly watched: History; readonly met: ReadonlySet<Oid> } {
  const met = new Set<Oid>()
  const watched: History = {
    ...history,
    links: (oid, child) => {
      if (shallow.has(oid)) met.add(oid)
      return history.links(oid, child)
    },
  }
  return { watched, met }
}
