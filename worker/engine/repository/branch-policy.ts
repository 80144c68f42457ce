import { EspalierError } from '../../../src/protocol/errors.ts'
import { branchPrefix } from './ref-names.ts'
import type { Repository } from './repository.ts'

type Notes = Pick<Repository, 'meta'>

/** Where the store notes that a branch is protected, and what it was renamed to. */
export const protectedKey = (ref: string): string => `protected:${ref}`
export const renamedKey = (ref: string): string => `renamed:${ref}`

export function isProtected({ meta }: Notes, ref: string): boolean {
  return Boolean(meta.get(protectedKey(ref)))
}

/** Throws `git/branch-protected`. */
export function refuseProtected(notes: Notes, ref: string): void {
  if (!isProtected(notes, ref)) return
  const name = ref.slice(branchPrefix.length)
  throw new EspalierError(
    'git/branch-protected',
    `"${name}" is protected here. Use another branch, or branches.protect.`,
    { data: { branch: name } },
  )
}

/** The name of today of a branch that is not there because it was renamed, perhaps several times. */
export function currentName({ meta, refs }: Pick<Repository, 'meta' | 'refs'>, ref: string): string {
  let name = ref
  let next: unknown = refs.oid(ref) === null && meta.get(renamedKey(ref))
  while (typeof next === 'string') {
    name = next
    next = meta.get(renamedKey(name))
  }
  return name
}
