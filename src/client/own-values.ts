import type { Engine, Reply } from '../protocol/engine.ts'
import { isMap } from '../protocol/options.ts'

/**
 * An engine that keeps copies of the values that it is given to write: what an app does to its own objects later is no
 * edit. (A worker gets copies anyway, and rows that are sent as text become values of its own.)
 */
export function withOwnValues(engine: Engine): Engine {
  const versions = new Proxy(engine.versions, {
    get: (target, name): unknown => {
      const call: unknown = Reflect.get(target, name)
      if (typeof call !== 'function') return call
      return (...args: readonly unknown[]): Promise<Reply<unknown>> => call(...args.map(copied))
    },
  })
  return {
    ...engine,
    write: (handle, operation, options) => engine.write(handle, copied(operation), options),
    versions,
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
