import { signal } from '@preact/signals'
import type { RecordAddress } from '../../../src/index.ts'
import { describeFailure } from '../lib/advice.ts'

/** A message about something that happened. One per `about`: a newer one replaces it. */
export interface Notice {
  readonly about: string
  readonly tone: 'good' | 'info' | 'warning' | 'error'
  readonly title: string
  readonly text: string
  readonly code?: string
  readonly records?: readonly RecordAddress[]
  readonly action?: { readonly label: string; run(): void }
}

/** The messages on the page, oldest first. */
export const notices = signal<readonly Notice[]>([])

/** Shows a message until it is dismissed or replaced. Good news gives way to any newer message. */
export function notify(notice: Notice): void {
  const lasting = notices.value.filter(
    (one) => one.about !== notice.about && one.tone !== 'good' && one.tone !== 'info',
  )
  notices.value = [...lasting, notice].slice(-3)
}

/** Takes messages away, all unless one is named. */
export function dismiss(about?: string): void {
  notices.value = about === undefined ? [] : notices.value.filter((one) => one.about !== about)
}

/** Shows an error with its code and what to do about it. */
export function notifyFailure(about: string, title: string, error: unknown): void {
  const { code, message, advice } = describeFailure(error)
  notify({ about, tone: 'error', title, text: advice === '' ? message : `${message} ${advice}`, code })
}
