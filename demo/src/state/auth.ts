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
let declined = false

/** Forgets earlier answers: call it before something that may ask. */
export function watchSignIn(): void {
  declined = false
}

/** Whether the last question since `watchSignIn` was cancelled: what failed then is no news to the user. */
export function wasSignInDeclined(): boolean {
  return declined
}

/** Asks the user; several questions wait for each other. */
export function askForCredentials(request: AuthRequest): Promise<Credentials | null> {
  const asked = last.then(
    () =>
      new Promise<Credentials | null>((resolve) => {
        pendingAuth.value = {
          request,
          answer: (credentials) => {
            pendingAuth.value = null
            declined = credentials === null
            resolve(credentials)
          },
        }
      }),
  )
  last = asked
  return asked
}
