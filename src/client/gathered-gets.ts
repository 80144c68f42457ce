import type { HandleId } from '../protocol/engine.ts'
import type { Row } from '../protocol/records.ts'
import type { Connection } from './connection.ts'

/** One `get` that waits to be sent. */
interface WaitingGet {
  readonly key: string
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/** The gets of this tick, by handle and collection. */
const waiting = new WeakMap<Connection, Map<string, WaitingGet[]>>()

/**
 * Reads a single record; those that are asked for in one go (`Promise.all`, a list that renders) cross the worker
 * boundary as one message: a message costs far more than a record.
 */
export function gatheredGet(
  connection: Connection,
  handle: HandleId,
  collection: string,
  key: string,
): Promise<Row | undefined> {
  let groups = waiting.get(connection)
  if (!groups) waiting.set(connection, (groups = new Map()))
  const name = `${handle} ${collection}`
  return new Promise((resolve, reject) => {
    const group = groups.get(name)
    if (group) {
      group.push({ key, resolve, reject })
      return
    }
    const gets = [{ key, resolve, reject }]
    groups.set(name, gets)
    queueMicrotask(() => {
      groups.delete(name)
      send(connection, handle, collection, gets)
    })
  })
}

function send(
  connection: Connection,
  handle: HandleId,
  collection: string,
  gets: readonly WaitingGet[],
): void {
  const getOne = ({ key, resolve, reject }: WaitingGet): void =>
    void connection.call((engine) => engine.get(handle, collection, key)).then(resolve, reject)
  if (gets.length === 1) return gets.forEach(getOne)
  const keys = gets.map(({ key }) => key)
  connection
    .call((engine) => engine.getMany(handle, collection, keys))
    .then(
      (rows) => gets.forEach(({ resolve }, index) => resolve(rows[index] ?? undefined)),
      // One record that cannot be read must not take the others with it: each tells for itself.
      () => gets.forEach(getOne),
    )
}
