import type { JSX } from 'preact'
import type { Progress } from '../../../src/index.ts'
import { fraction, phaseName } from '../lib/phases.ts'

/** A bar with the name of the step. Screen readers hear each step once. */
export function ProgressBar({ progress }: { readonly progress: Progress | null }): JSX.Element {
  const done = fraction(progress)
  return (
    <div class="progress">
      <div class="progress-line">
        <span role="status">{phaseName(progress)}</span>
        {done !== undefined && <span class="progress-percent">{Math.floor(done * 100)} %</span>}
      </div>
      <progress aria-label={phaseName(progress)} {...(done === undefined ? {} : { value: done, max: 1 })} />
    </div>
  )
}
