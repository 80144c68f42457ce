import type { HandleId } from '../../../src/protocol/engine.ts'
import type { Query, QueryPage } from '../../../src/protocol/query.ts'
import type { Derived } from '../repository/derived.ts'
import { isFirstPage, type PagePlace } from './kept-pages.ts'

/** The answer of a query as it is now. */
export interface ScreenAnswer {
  /** Where it is kept for its commit; undefined where it cannot be, as with working changes. */
  readonly place: PagePlace | undefined
  /** What belongs there. Undefined when something changed while the tables were read. */
  run(place: PagePlace): Promise<QueryPage | undefined>
  /** With working changes too; undefined where tables would have to be read for it. */
  now(): Promise<QueryPage | undefined>
}

/** The queries that an app asks for its screens: their answers are kept, those of the newest commit too. */
export interface RecentScreens {
  asked(handle: HandleId, query: Query): void
  /** The branch of a handle moved: other answers are to be kept now. */
  moved(handle: HandleId): void
  closed(handle: HandleId): void
  /** The answers now, by query: both as text. The last one that was asked first, and of the others what there is room for. */
  pages(handle: HandleId): Promise<Readonly<Record<string, string>>>
  /** Calls back when other answers are to be kept. */
  onChange(handle: HandleId, listener: () => void): void
}

/** So many of the last ones are kept up to date, of those that the next opening shows and of the others. */
const maxScreens = 8
/** Text of them that pages read, in UTF-16 units: Chromium would keep more beside the row, in a file of its own, which takes 2 ms. */
const maxScreenUnits = 60_000

export function createRecentScreens(
  derivedOf: (handle: HandleId) => Derived | undefined,
  answer: (handle: HandleId, query: Query) => Promise<ScreenAnswer>,
): RecentScreens {
  const screens = new Map<string, { readonly handle: HandleId; readonly query: Query }>()
  const listeners = new Map<HandleId, () => void>()
  const keepSoon = (handle: HandleId): void => {
    const derived = derivedOf(handle)
    derived?.keep(`screens ${handle}`, async function* () {
      for (const { handle: of, query } of screens.values()) {
        if (of !== handle) continue
        const { place, run } = await answer(handle, query)
        if (!place || derived.isKept(place.key)) continue
        const page = await run(place)
        if (page) yield { key: place.key, text: JSON.stringify(page) }
      }
    })
    listeners.get(handle)?.()
  }
  return {
    asked: (handle, query) => {
      if (!isFirstPage(query)) return
      const name = `${handle} ${JSON.stringify(query)}`
      if (screens.delete(name)) {
        screens.set(name, { handle, query })
        return
      }
      screens.set(name, { handle, query })
      // Transactions and other commits push out nothing of what the next opening shows.
      const like = [...screens].filter(([, { handle: of }]) => listeners.has(of) === listeners.has(handle))
      for (const [oldest] of like.slice(0, -maxScreens)) screens.delete(oldest)
      keepSoon(handle)
    },
    moved: keepSoon,
    closed: (handle) => {
      for (const [name, screen] of screens) if (screen.handle === handle) screens.delete(name)
      listeners.delete(handle)
    },
    pages: async (handle) => {
      const pages: Record<string, string> = {}
      let room = maxScreenUnits
      for (const { handle: of, query } of [...screens.values()].toReversed()) {
        if (of !== handle) continue
        const { place, now } = await answer(handle, query)
        const [kept] = place?.derived.isKept(place.key) ? await place.derived.read([place.key]) : []
        const page = kept === undefined ? await now() : undefined
        const text = page ? JSON.stringify(page) : kept
        if (text === undefined) continue
        if (text.length > room && room < maxScreenUnits) break
        room -= text.length
        pages[JSON.stringify(query)] = text
      }
      return pages
    },
    onChange: (handle, listener) => {
      listeners.set(handle, listener)
    },
  }
}
