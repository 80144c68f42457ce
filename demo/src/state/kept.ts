/** Small things that this browser remembers between visits. Never a token. */
const prefix = 'espalier-playground.'

/** Reads a remembered value, or the fallback where there is none or storage is off. */
export function readKept<T>(name: string, fallback: T, isValid: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(prefix + name) ?? 'null')
    return isValid(value) ? value : fallback
  } catch {
    return fallback
  }
}

/** Remembers a value; does nothing where storage is off. */
export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value))
  } catch {
    // Private windows may refuse; the page works without.
  }
}
