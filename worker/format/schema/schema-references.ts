/**
 * The root collection that a foreign key means, or undefined. A bare name means the collection beside the
 * declaring one in the same module first (format facts §2.5).
 */
export function resolveForeignKey(
  foreignKey: string,
  declaringId: string,
  ids: { has(id: string): boolean },
): string | undefined {
  const root = declaringId.split('/', 1)[0] ?? declaringId
  const module = root.slice(0, root.lastIndexOf('.') + 1)
  const candidates = foreignKey.includes('.') ? [foreignKey] : [module + foreignKey, foreignKey]
  return candidates.find((id) => ids.has(id))
}
