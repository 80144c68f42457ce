import { EspalierError } from '../../../src/protocol/errors.ts'

// oxlint-disable-next-line no-control-regex -- the rule is about control characters
const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\.lock$|\.lock\/|^\/|\/$|^\.|\/\./u

/** True for a full ref name (`refs/heads/main`) that git-check-ref-format(1) accepts. */
export function isRefName(name: string): boolean {
  return name.includes('/') && isRefNamePart(name)
}

/** True for a branch name without its prefix, as `git check-ref-format --branch` decides. */
export function isBranchName(name: string): boolean {
  return isRefNamePart(name) && !name.startsWith('-') && name !== 'HEAD'
}

/** Throws `git/bad-ref-name`. */
export function assertRefName(name: string): void {
  if (!isRefName(name)) throw badName(name, 'a ref name')
}

/** Throws `git/bad-ref-name`. */
export function assertBranchName(name: string, what = 'a branch name'): void {
  if (!isBranchName(name)) throw badName(name, what)
}

function isRefNamePart(name: string): boolean {
  return name !== '' && name !== '@' && !/[\ud800-\udfff]/u.test(name) && !forbidden.test(name)
}

function badName(name: string, what: string): EspalierError {
  return new EspalierError(
    'git/bad-ref-name',
    `${JSON.stringify(name.slice(0, 100))} is not ${what}. Use letters, digits, "-", "_" and single slashes.`,
    { data: { name } },
  )
}
