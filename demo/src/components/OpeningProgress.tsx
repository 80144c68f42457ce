import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import { readableAddress } from '../lib/secrets.ts'
import { leave } from '../state/navigation.ts'
import { type Opening, progress } from '../state/session.ts'
import { ProgressBar } from './ProgressBar.tsx'

/** A repository on its way. */
export function OpeningProgress({ opening }: { readonly opening: Opening }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section class="opening" aria-labelledby="opening-title">
      <h2 id="opening-title" ref={heading} tabIndex={-1}>
        Opening {opening.title}
      </h2>
      {opening.repository !== 'sample' && <p class="opening-url">{readableAddress(opening.repository)}</p>}
      <ProgressBar progress={progress.value} />
      <button type="button" class="button" onClick={() => void leave()}>
        Cancel
      </button>
    </section>
  )
}
