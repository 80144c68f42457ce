import type { DatabasesEngine } from './databases.ts'
import type { Engine, WireAuthRequest, WireCredentials } from './engine.ts'
import type { DatabaseEvent } from './outcomes.ts'
import type { LiveUpdate } from './live.ts'
import type { VersionsEngine } from './versions.ts'
import type { LastRows } from './wire-rows.ts'

/** Calls that belong together, as an object of the engine. */
interface CallGroups {
  readonly databases: DatabasesEngine
  readonly versions: VersionsEngine
}

/** A call of the engine itself, or (`group.call`) of one of its groups. */
export type CallName =
  | Exclude<keyof Engine, keyof CallGroups>
  | { [Group in keyof CallGroups]: `${Group}.${keyof CallGroups[Group] & string}` }[keyof CallGroups]

/** What a page sends to its worker. Numbers count up over all connections of a page. */
export type PageMessage =
  | { readonly call: number; readonly method: CallName; readonly args: readonly unknown[] }
  /** The answer to an `ask`; an error's text when the app's callback threw. */
  | { readonly answer: number; readonly credentials?: WireCredentials | null; readonly error?: string }

/** What a worker sends to its page. */
export type WorkerMessage =
  /** Some rows of the reply or live update that follows, as text: see `packRows`. */
  | { readonly rows: string }
  | { readonly reply: number; readonly value: unknown; readonly last?: LastRows }
  | { readonly to: number; readonly told: Told }
  | { readonly to: number; readonly ask: number; readonly request: WireAuthRequest }

/** A callback that answers nothing, and what it is called with. */
export type Told =
  | { readonly name: 'event'; readonly value: DatabaseEvent }
  | { readonly name: 'live'; readonly value: LiveUpdate; readonly last?: LastRows }

/** Stands for callbacks on their way to the engine. */
export interface SharedCallbacks {
  readonly shared: number
}
