import type { JSX } from 'preact'
import { readableAddress, repositoryName } from '../lib/secrets.ts'
import { openAt } from '../state/navigation.ts'
import { forgetRepository, recent } from '../state/recent.ts'
import { Icon } from './Icon.tsx'

/** Repositories opened before in this browser. */
export function RecentList(): JSX.Element | null {
  if (recent.value.length === 0) return null
  return (
    <section class="start-section" aria-labelledby="start-recent">
      <h2 id="start-recent">Opened before</h2>
      <ul class="recent">
        {recent.value.map((address) => (
          <li key={address}>
            <button type="button" class="recent-open" onClick={() => void openAt(address)}>
              <strong>{repositoryName(address)}</strong>
              <span>{readableAddress(address)}</span>
            </button>
            <button
              type="button"
              class="icon-button"
              aria-label={`Take ${repositoryName(address)} off the list`}
              title="Take off the list"
              onClick={() => forgetRepository(address)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
