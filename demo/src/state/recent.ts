import { signal } from '@preact/signals'
import { withoutSecrets } from '../lib/secrets.ts'
import { keep, readKept } from './kept.ts'

const limit = 8

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

/** Addresses of repositories opened before, newest first, without secrets. */
export const recent = signal<readonly string[]>(readKept('recent', [], isList))

/** Puts a repository on top of the list. */
export function rememberRepository(address: string): void {
  const clean = withoutSecrets(address)
  setRecent([clean, ...recent.value.filter((one) => one !== clean)].slice(0, limit))
}

/** Takes a repository off the list. Its data stays. */
export function forgetRepository(address: string): void {
  setRecent(recent.value.filter((one) => one !== address))
}

function setRecent(list: readonly string[]): void {
  recent.value = list
  keep('recent', list)
}
