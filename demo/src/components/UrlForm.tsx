import { useState } from 'preact/hooks'
import type { JSX } from 'preact'
import { openAt } from '../state/navigation.ts'

/** Opens any repository by its address. The field is cleared at once: a token in it is not left on the page. */
export function UrlForm(): JSX.Element {
  const [address, setAddress] = useState('')
  const [problem, setProblem] = useState('')

  const submit = (event: Event): void => {
    event.preventDefault()
    const wanted = address.trim()
    if (!/^https?:\/\/[^/]+/i.test(wanted)) {
      setProblem(
        'Type an address that starts with https://, for example https://git.example.com/acme/data.git',
      )
      return
    }
    setAddress('')
    setProblem('')
    void openAt(wanted)
  }

  return (
    <form class="url-form" onSubmit={submit} noValidate>
      <label for="repository-url">Repository or bundle address</label>
      <div class="url-row">
        <input
          id="repository-url"
          class="input"
          type="url"
          inputMode="url"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="https://git.example.com/acme/data.git"
          value={address}
          aria-invalid={problem !== ''}
          aria-describedby="repository-url-help"
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
        <button type="submit" class="button is-primary">
          Open
        </button>
      </div>
      <p id="repository-url-help" class={problem === '' ? 'help' : 'help is-problem'}>
        {problem ||
          'A git address over HTTPS on a host that lets browsers in (CORS). You are asked to sign in when it is needed.'}
      </p>
    </form>
  )
}
