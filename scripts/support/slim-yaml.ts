import type { Plugin } from 'vite'

/**
 * Leaves out of `yaml` what the worker never runs: the tags of YAML 1.1 (we read the 1.2 core schema and no other).
 * The worker is one file with a size budget, and the package's schema table keeps every tag alive.
 */
export function slimYaml(): Plugin {
  return {
    name: 'espalier-slim-yaml',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/yaml/browser/dist/schema/tags.js')) return null
      // An update of the package that changes this module must be looked at, not silently cut.
      if (!code.includes('coreKnownTags') || !code.includes('function getTags'))
        throw new Error('yaml/schema/tags.js has another shape than scripts/support/slim-yaml.ts knows.')
      return { code: coreTagsOnly, map: null }
    },
  }
}

const coreTagsOnly = `
import { schema } from './core/schema.js'
export const coreKnownTags = {}
export function getTags(customTags, name) {
  if (customTags || name !== 'core') throw new Error('Only the core schema is here.')
  return schema.slice()
}
`
