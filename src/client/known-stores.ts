/**
 * Remembers which repositories this browser stores, beside IndexedDB: when it drops a store (to make room, or because
 * its files were damaged), nothing in IndexedDB tells. Browsers do not evict localStorage with it; where they clear
 * everything of a site, nothing can remember.
 */
export interface KnownStores {
  /** The repositories that were stored here. */
  list(): readonly string[]
  /** Call it once all of the repository is durable. */
  add(repository: string): void
  /** It was deleted on purpose: `which` is its name or its address. */
  forget(which: string): void
}

const itemName = 'espalier-stores'
/** The oldest are forgotten: they cost room at every opening. */
const mostNames = 200

export function createKnownStores(): KnownStores {
  const list = (): readonly string[] => {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(itemName) ?? '[]')
      return Array.isArray(kept) ? kept.filter((name) => typeof name === 'string') : []
    } catch {
      return [] // no localStorage here (a sandboxed frame, blocked cookies), or not our text
    }
  }
  const keep = (names: readonly string[]): void => {
    try {
      localStorage.setItem(itemName, JSON.stringify(names.slice(-mostNames)))
    } catch {
      // Full or forbidden: a loss will then be noticed only if the browser tells of it.
    }
  }
  return {
    list,
    add(repository) {
      const names = list()
      if (!names.includes(repository)) keep([...names, repository])
    },
    forget(which) {
      const names = list()
      const others = names.filter((name) => name !== which && !name.endsWith(` ${which}`))
      if (others.length < names.length) keep(others)
    },
  }
}
