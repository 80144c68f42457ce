import type { Engine, HandleId } from '../protocol/engine.ts'
import type { Query, QueryPage } from '../protocol/query.ts'

/** The answer that is known of a query before its database is open. */
export type KnownAnswer = (handle: HandleId, query: Query) => QueryPage | undefined

/** The engine while a database is being opened: queries whose answer is known have it, other calls wait. */
export function heldEngine(engine: Engine, opening: Promise<unknown>, known: KnownAnswer): Engine {
  const { open, abort } = engine
  const waiting = held(engine, opening)
  const query: Engine['query'] = async (handle, asked, cursors) => {
    const value = known(handle, asked)
    const later = waiting.query(handle, asked, cursors)
    if (!value) return later
    // The engine hears of it too: it reads what is likely to be asked next, and keeps the answer for the next opening.
    later.catch(() => {})
    return { ok: true, value }
  }
  return held(engine, opening, { open, abort, query })
}

/** The calls, each beginning when `opening` is done; but for those of `now`. */
function held<Calls extends object>(
  calls: Calls,
  opening: Promise<unknown>,
  now: Partial<Calls> = {},
): Calls {
  return new Proxy(calls, {
    get: (_, name): unknown => {
      const call: unknown = Reflect.get(Object.hasOwn(now, name) ? now : calls, name)
      if (typeof call === 'object' && call !== null) return held(call, opening) // a group of calls
      if (typeof call !== 'function' || Object.hasOwn(now, name)) return call
      return async (...args: readonly unknown[]): Promise<unknown> => {
        await opening
        return call(...args)
      }
    },
  })
}
