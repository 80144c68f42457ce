import type { Oid } from '../git/objects/oid.ts'

const usual = ['refs/heads/main', 'refs/heads/master']

/**
 * The branch that a remote shows first. A HEAD may name a branch that does not exist, and old hosts and bundles
 * tell only its commit, or nothing: then the usual branch that fits, or the only one. Null when that is unclear.
 */
export function chooseHead(
  refs: ReadonlyMap<string, Oid>,
  symref: string | null,
  headOid: Oid | null,
): string | null {
  if (symref !== null && (refs.has(symref) || refs.size === 0)) return symref
  const branches = [...refs.keys()].filter((name) => name.startsWith('refs/heads/'))
  const ordered = [...usual.filter((name) => refs.has(name)), ...branches]
  if (headOid !== null) return ordered.find((name) => refs.get(name) === headOid) ?? null
  const [first] = ordered
  return first !== undefined && (usual.includes(first) || branches.length === 1) ? first : null
}
