import type { Engine, EngineCallbacks, Reply } from '../protocol/engine.ts'
import { isMap } from '../protocol/options.ts'

/**
 * An engine in the app's own process as safe as one behind a worker: it keeps copies of the values that it is given to
 * write, and what it answers is frozen, since it reads on from the same objects. (A worker's boundary copies both ways;
 * rows that are sent as text become values of their own.)
 */
export function withOwnValues(engine: Engine): Engine {
  const versions = new Proxy(engine.versions, {
    get: (target, name): unknown => {
      const call: unknown = Reflect.get(target, name)
      if (typeof call !== 'function') return call
      return async (...args: readonly unknown[]): Promise<Reply<unknown>> => {
        const reply: Reply<unknown> = await call(...args.map(copied))
        return frozenReply(reply)
      }
    },
  })
  return {
    ...engine,
    open: (request, callbacks) => engine.open(request, withFrozenRows(callbacks)),
    get: async (...args) => frozenReply(await engine.get(...args)),
    getMany: async (...args) => frozenReply(await engine.getMany(...args)),
    all: async (...args) => frozenReply(await engine.all(...args)),
    query: async (...args) => {
      const reply = await engine.query(...args)
      if (reply.ok) freeze(reply.value.rows)
      return reply
    },
    changes: async (...args) => frozenReply(await engine.changes(...args)),
    write: async (handle, operation, options) =>
      frozenReply(await engine.write(handle, copied(operation), options)),
    versions,
  }
}

function withFrozenRows(callbacks: EngineCallbacks): EngineCallbacks {
  return {
    ...callbacks,
    live: (update) => {
      freeze(update.rows)
      callbacks.live(update)
    },
  }
}

function frozenReply<T>(reply: Reply<T>): Reply<T> {
  if (reply.ok) freeze(reply.value)
  return reply
}

/** Freezes lists and plain objects, and those in them. What is frozen already is frozen whole. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  if (Array.isArray(value)) {
    Object.freeze(value)
    for (const item of value) if (typeof item === 'object') freeze(item)
  } else if (isMap(value)) {
    Object.freeze(value)
    for (const name in value) {
      // Only read a revision when the app does: it is worked out then.
      const item = name === '$rev' ? null : value[name]
      if (typeof item === 'object') freeze(item)
    }
  }
}

/** A copy of lists and plain objects; what is no JSON stays as it is, for the engine to refuse. */
function copied<Value>(value: Value): Value {
  try {
    return copy(value) as Value // the same value again
  } catch {
    return value // it holds itself, or is too deep
  }
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy)
  if (!isMap(value)) return value
  // By spread `__proto__` is a name like any other.
  const own: Record<string, unknown> = { ...value }
  for (const name in own) if (typeof own[name] === 'object') own[name] = copy(own[name])
  return own
}
