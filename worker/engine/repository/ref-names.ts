import { EspalierError } from '../../../src/protocol/errors.ts'
import type { Refs } from '../../git/refs/refs.ts'

/** Where this database keeps which refs: as a clone made by git itself would. */
export const headRef = 'HEAD'
export const branchPrefix = 'refs/heads/'
export const remoteBranchPrefix = 'refs/remotes/origin/'
export const tagPrefix = 'refs/tags/'

export function branchRef(branch: string): string {
  return branchPrefix + branch
}

/** Where the remote's branch was when it was last seen. */
export function remoteBranchRef(branch: string): string {
  return remoteBranchPrefix + branch
}

/** True when git could not keep this ref beside those that are there (but `leaving`): it exists, or `a` and `a/b` would. */
export function standsInTheWay(refs: Refs, ref: string, leaving?: string): boolean {
  return refs
    .list()
    .some(({ name }) => name !== leaving && (`${name}/`.startsWith(`${ref}/`) || ref.startsWith(`${name}/`)))
}

export function refExists(name: string): EspalierError {
  return new EspalierError('git/ref-exists', `"${name}" exists already, or clashes. Choose another name.`, {
    data: { name },
  })
}
