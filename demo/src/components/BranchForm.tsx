import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { describeFailure } from '../lib/advice.ts'
import { shortOid } from '../lib/format.ts'
import { createBranch } from '../state/navigation.ts'
import { view } from '../state/workspace.ts'

/** Creates a branch from what is shown. */
export function BranchForm({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const [name, setName] = useState('')
  const [problem, setProblem] = useState('')
  const { commit = null, branchName = '' } = view.value ?? {}
  const from = commit === null ? branchName : shortOid(commit)

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (name.trim() === '') {
      setProblem('Type a name for the branch.')
      return
    }
    const failure = await createBranch(name.trim())
    if (failure === null) onDone()
    else setProblem(describeFailure(failure).message)
  }

  return (
    <form class="branch-form" onSubmit={(event) => void submit(event)} noValidate>
      <label for="new-branch">New branch from {from}</label>
      <div class="url-row">
        <input
          id="new-branch"
          class="input"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="draft"
          value={name}
          aria-invalid={problem !== ''}
          aria-describedby="new-branch-problem"
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          Create
        </button>
      </div>
      <p id="new-branch-problem" class="help is-problem" role="alert">
        {problem}
      </p>
    </form>
  )
}
