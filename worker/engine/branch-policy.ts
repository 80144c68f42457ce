import { EspalierError } from '../../src/protocol/errors.ts'
import { branchPrefix } from './ref-names.ts'
import type { Repository } from './repository.ts'

type Notes = Pick<Repository, 'meta'>

/** Where the store notes that a branch is protected, and what it was renamed to. */
export const protectedKey = (ref: string): string => `protected:${ref}`
export const renamedKey = (ref: string): string => `renamed:${ref}`

export function isProtected({ meta }: Notes, ref: string): boolean {
  return meta.get(protectedKey(ref)) === true
}

/** Throws `git/branch-protected`. */
export function refuseProtected(notes: Notes, ref: string): void {
  if (!isProtected(notes, ref)) return
  const name = ref.slice(branchPrefix.length)
  throw new EspalierError(
    'git/branch-protected',
    `The branch "${name}" is protected here. Work on another branch, or lift it: branches.protect("${name}", false).`,
    { data: { branch: name } },
  )
}

/** The name of today of a branch that was renamed, perhaps several times. */
export function currentName({ meta }: Notes, ref: string): string {
  const next = meta.get(renamedKey(ref))
  return typeof next === 'string' ? currentName({ meta }, next) : ref
}
