import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The version of the package that this file is part of, wherever a build has put it. */
export function packageVersion(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly name?: unknown
        readonly version?: unknown
      }
      if (name === 'espalier' && typeof version === 'string') return version
    } catch {
      // Not here: one folder up.
    }
    if (dirname(folder) === folder) return 'unknown'
  }
}
