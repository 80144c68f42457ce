import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { author, setAuthor } from '../state/author.ts'
import { busy, commit } from '../state/sync.ts'
import { changes, view } from '../state/workspace.ts'

// Kept outside the component: switching tabs must not lose a half-written message.
const message = signal('')

/** The message, who commits, and the button. */
export function CommitBox(): JSX.Element {
  const [problem, setProblem] = useState<{
    readonly field: 'message' | 'name' | 'email'
    readonly text: string
  } | null>(null)
  const { name, email } = author.value
  const isConflict = changes.value.some((change) => change.conflict !== undefined)

  const fail = (field: 'message' | 'name' | 'email', text: string): void => {
    setProblem({ field, text })
    document.querySelector<HTMLElement>(`#commit-${field}`)?.focus()
  }
  const submit = async (event?: Event): Promise<void> => {
    event?.preventDefault()
    if (message.value.trim() === '') return fail('message', 'Say in a few words what changes.')
    if (name.trim() === '') return fail('name', 'Type your name: it stands in the commit.')
    if (!/^[^\s<>@]+@[^\s<>@]+$/.test(email.trim()))
      return fail('email', 'Type an e-mail address, for example ada@example.com.')
    setProblem(null)
    if (await commit(message.value.trim(), { name: name.trim(), email: email.trim() })) message.value = ''
  }
  const invalid = (field: string): { 'aria-invalid': boolean; 'aria-describedby': string } => ({
    'aria-invalid': problem?.field === field,
    'aria-describedby': 'commit-problem',
  })

  return (
    <form class="commit" onSubmit={(event) => void submit(event)} noValidate>
      <label for="commit-message">Commit message</label>
      <textarea
        id="commit-message"
        class="input"
        rows={3}
        placeholder="What changes, and why"
        value={message.value}
        {...invalid('message')}
        onInput={(event) => (message.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit(event)
        }}
      />
      <div class="author">
        <div>
          <label for="commit-name">Your name</label>
          <input
            id="commit-name"
            class="input"
            autocomplete="name"
            value={name}
            {...invalid('name')}
            onInput={(event) => setAuthor({ name: event.currentTarget.value, email })}
          />
        </div>
        <div>
          <label for="commit-email">E-mail</label>
          <input
            id="commit-email"
            class="input"
            type="email"
            autocomplete="email"
            value={email}
            {...invalid('email')}
            onInput={(event) => setAuthor({ name, email: event.currentTarget.value })}
          />
        </div>
      </div>
      <p id="commit-problem" class="help is-problem" role="alert">
        {problem?.text ?? (isConflict ? 'Settle the conflicts first.' : '')}
      </p>
      <button type="submit" class="button is-primary is-wide" disabled={busy.value !== null}>
        {busy.value === 'commit' ? 'Committing…' : `Commit to ${view.value?.branchName ?? ''}`}
      </button>
    </form>
  )
}
