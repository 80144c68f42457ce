import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { openAt } from '../state/navigation.ts'
import { openFailure, opening } from '../state/session.ts'
import { loadStartConfig, startConfig } from '../state/start-config.ts'
import { readableAddress } from '../lib/secrets.ts'
import { DatabaseList } from './DatabaseList.tsx'
import { Icon } from './Icon.tsx'
import { Logo } from './Logo.tsx'
import { OpeningProgress } from './OpeningProgress.tsx'
import { UrlForm } from './UrlForm.tsx'

/** The first thing a visitor sees: what this is, and three ways to open a repository. */
export function StartView(): JSX.Element {
  useEffect(() => void loadStartConfig(), [])
  const failure = openFailure.value
  return (
    <main class="start">
      <header class="start-brand">
        <Logo size={40} />
        <span class="wordmark">Espalier</span>
      </header>
      <h1>A git repository, opened as a database</h1>
      <p class="lead">
        Records are plain text files in your own repository. Read them, edit them, commit and push, all in
        this browser. There is no server in between.
      </p>

      {opening.value === null ? (
        <>
          {failure !== null && (
            <div class="callout is-error" role="alert">
              <Icon name="warning" />
              <div>
                <strong>
                  {failure.repository === 'sample'
                    ? 'The sample could not be opened'
                    : `${readableAddress(failure.repository)} could not be opened`}
                </strong>
                <p>{failure.message}</p>
                {failure.advice !== '' && <p>{failure.advice}</p>}
                <code class="code">{failure.code}</code>
              </div>
            </div>
          )}
          <section class="start-section" aria-labelledby="start-sample">
            <h2 id="start-sample">Look around</h2>
            <div class="offers">
              <button type="button" class="offer" onClick={() => void openAt('sample')}>
                <strong>Open the sample</strong>
                <span>Countries, currencies, languages and units. Comes with this page.</span>
              </button>
              {startConfig.value.remotes.map(({ title, url }) => (
                <button key={url} type="button" class="offer" onClick={() => void openAt(url)}>
                  <strong>{title}</strong>
                  <span class="offer-url">{readableAddress(url)}</span>
                </button>
              ))}
            </div>
          </section>
          <section class="start-section" aria-labelledby="start-url">
            <h2 id="start-url">Open your own</h2>
            <UrlForm />
          </section>
          <DatabaseList />
        </>
      ) : (
        <OpeningProgress opening={opening.value} />
      )}
    </main>
  )
}
