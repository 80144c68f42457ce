import type { HandleInfo } from './engine.ts'
import type { QueryPage } from './query.ts'

/**
 * What an app showed first the last time, kept in the store by the worker and read by the page itself at the next
 * opening: a screen is there before the worker runs. It is used only while the store's {@link storeStamp} is the one
 * that it was made at, so it is never older than the store.
 */
export interface FirstScreen {
  /** Counts changes of what is here and of what queries answer: `protocolVersion`. */
  readonly protocol: number
  /** {@link OpenRequest.screen} of the opening that it belongs to. */
  readonly options: string
  readonly stamp: string
  /** What `open` answered, but for the number of its handle. */
  readonly opened: Omit<HandleInfo, 'handle'>
  /** The texts of answers (`QueryPage`) by the text of their query. */
  readonly pages: Readonly<Record<string, string>>
}

/** Its key in the store's `system`. */
export const firstScreenKey = 'first screen'

/** The last batch of each instance that wrote to a store: a row of its `landed`. */
export interface LandedBatch {
  readonly instance: string
  readonly batch: number
}

/** Names the state of a store: every batch, of any tab, changes it. `landed`: all rows, in their order. */
export function storeStamp(landed: readonly LandedBatch[]): string {
  return landed.map(({ instance, batch }) => `${instance} ${batch}`).join(', ')
}

/** An answer as it is kept. Undefined where it is damaged. */
export function readPage(text: string): QueryPage | undefined {
  try {
    const page = JSON.parse(text) as QueryPage // as it was kept
    return Array.isArray(page.rows) ? page : undefined
  } catch {
    return undefined // what is derived may be damaged
  }
}
