/** What a host can do: names with their values (gitprotocol-capabilities(5)); a name may come more than once. */
export type Capabilities = ReadonlyMap<string, readonly string[]>

/** Parses the words after the NUL of a v0 advertisement's first line. */
export function parseCapabilities(text: string): Capabilities {
  const capabilities = new Map<string, string[]>()
  for (const word of text.split(' ')) {
    if (word !== '') addCapability(capabilities, word)
  }
  return capabilities
}

/** Adds one `name` or `name=value`. */
export function addCapability(capabilities: Map<string, string[]>, word: string): void {
  const equals = word.indexOf('=')
  const name = equals < 0 ? word : word.slice(0, equals)
  const values = capabilities.get(name) ?? []
  if (equals >= 0) values.push(word.slice(equals + 1))
  capabilities.set(name, values)
}

/** The target of a symbolic ref that the host tells, `refs/heads/main` for HEAD. */
export function symrefTarget(capabilities: Capabilities, ref: string): string | null {
  const found = capabilities.get('symref')?.find((value) => value.startsWith(`${ref}:`))
  return found === undefined ? null : found.slice(ref.length + 1)
}
