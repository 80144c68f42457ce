import { signal } from '@preact/signals'
import type { Author } from '../../../src/index.ts'
import { keep, readKept } from './kept.ts'

function isAuthor(value: unknown): value is Author {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('email' in value)) return false
  return typeof value.name === 'string' && typeof value.email === 'string'
}

/** Who commits, as typed last time. */
export const author = signal<Author>(readKept('author', { name: '', email: '' }, isAuthor))

/**
 * Whom the engine names where nobody is asked. The commit box names each commit's author itself, so the engine always
 * gets one, and each warning of `status()` is about something else.
 */
export function signingAuthor(): Author {
  const { name, email } = author.value
  const isComplete = name.trim() !== '' && email.trim() !== ''
  return isComplete ? author.value : { name: 'Espalier playground', email: 'playground@espalier.localhost' }
}

/** Remembers the author in this browser. */
export function setAuthor(value: Author): void {
  author.value = value
  keep('author', value)
}
