import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { readableAddress } from '../lib/secrets.ts'
import { pendingAuth } from '../state/auth.ts'

const reasons = {
  required: 'This repository asks who you are before it can be read.',
  refused: 'The host did not accept these credentials. Check the user name and the token.',
  push: 'Pushing needs to know who you are.',
} as const

/** Asks for a user name and a token when the host does. Both go to the engine's memory only. */
export function AuthDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const asked = pendingAuth.value
  const [username, setUsername] = useState('')
  const [token, setToken] = useState('')

  useEffect(() => {
    if (asked !== null && dialog.current?.open === false) dialog.current.showModal()
    if (asked === null) dialog.current?.close()
  }, [asked])

  const answer = (event: Event): void => {
    event.preventDefault()
    setToken('')
    asked?.answer({ username: username.trim(), password: token })
  }
  const cancel = (): void => {
    setToken('')
    asked?.answer(null)
  }
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="auth-title"
      aria-describedby="auth-reason"
      onCancel={cancel}
    >
      {asked !== null && (
        <form onSubmit={answer}>
          <header class="dialog-head">
            <h2 id="auth-title">Sign in</h2>
          </header>
          <p class="auth-url">{readableAddress(asked.request.url)}</p>
          <p id="auth-reason" class={asked.request.reason === 'refused' ? 'is-problem' : ''}>
            {reasons[asked.request.reason]}
          </p>
          <label for="auth-username">User name</label>
          <input
            id="auth-username"
            class="input"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            required
            value={username}
            onInput={(event) => setUsername(event.currentTarget.value)}
          />
          <label for="auth-token">Token</label>
          <input
            id="auth-token"
            class="input"
            type="password"
            autocomplete="off"
            required
            value={token}
            aria-describedby="auth-help"
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <p id="auth-help" class="help">
            An access token of your git host. It is kept in this tab's memory until you close it, and sent to
            this host only.
          </p>
          <footer class="dialog-foot">
            <button type="button" class="button" onClick={cancel}>
              Cancel
            </button>
            <button type="submit" class="button is-primary">
              Sign in
            </button>
          </footer>
        </form>
      )}
    </dialog>
  )
}
