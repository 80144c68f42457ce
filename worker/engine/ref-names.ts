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
