import type { Reply } from '../../../src/protocol/engine.ts'
import { reply } from './reply.ts'

type Calls<Group> = { readonly [Name in keyof Group]: (...args: never) => Promise<Reply<unknown>> }

/** Calls of which the code is loaded with the first one. */
export function lazyCalls<Group extends Calls<Group>>(load: () => Promise<Group>): Group {
  let loading: Promise<Group> | undefined
  const once = (): Promise<Group> =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    }))
  const call =
    (name: keyof Group) =>
    async (...args: never): Promise<Reply<unknown>> => {
      const loaded = await reply(once)
      return loaded.ok ? loaded.value[name](...args) : loaded
    }
  return new Proxy({} as Group, { get: (_, name) => call(name as keyof Group) })
}
