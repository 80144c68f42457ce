import type { Reply } from '../../src/protocol/engine.ts'
import { reply } from './reply.ts'

type Calls<Group> = { readonly [Name in keyof Group]: (...args: never) => Promise<Reply<unknown>> }

/** Calls of which the code is loaded with the first one. */
export function lazyCalls<Group extends Calls<Group>>(load: () => Promise<Group>): Group {
  const call =
    (name: keyof Group) =>
    async (...args: never): Promise<Reply<unknown>> => {
      const loaded = await reply(load)
      return loaded.ok ? loaded.value[name](...args) : loaded
    }
  return new Proxy({} as Group, { get: (_, name) => call(name as keyof Group) })
}
