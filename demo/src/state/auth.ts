import { signal } from '@preact/signals'
import type { AuthRequest, Credentials } from '../../../src/index.ts'

/** A question for credentials that waits for its answer. */
export interface PendingAuth {
  readonly request: AuthRequest
  answer(credentials: Credentials | null): void
}

/** The question that the dialog shows. The answer goes straight to the engine; nothing of it stays here. */
export const pendingAuth = signal<PendingAuth | null>(null)

let last: Promise<unknown> = Promise.resolve()

/** Asks the user; several questions wait for each other. */
export function askForCredentials(request: AuthRequest): Promise<Credentials | null> {
  const asked = last.then(
    () =>
      new Promise<Credentials | null>((resolve) => {
        pendingAuth.value = {
          request,
          answer: (credentials) => {
            pendingAuth.value = null
            resolve(credentials)
          },
        }
      }),
  )
  last = asked
  return asked
}
