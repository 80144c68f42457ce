import type { Plugin } from 'vite'

/**
 * Leaves out of `yaml` what the worker never runs: the tags of YAML 1.1 (we read the 1.2 core schema and no other)
 * and the writer (`worker/format/yaml/yaml-emit.ts` writes, and edits are spliced into the text). The worker is one file
 * with a size budget, and the package's classes keep all of it alive.
 */
export function slimYaml(): Plugin {
  return {
    name: 'espalier-slim-yaml',
    enforce: 'pre',
    transform(code, id) {
      const [, path = ''] = /\/yaml\/browser\/dist\/(.+)$/.exec(id) ?? []
      const writer = /^stringify\/(?:stringify.*|foldFlowLines)\.js$/.test(path)
      if (!writer && path !== 'schema/tags.js') return null
      const names = exportedNames(code)
      // An update of the package that changes this module must be looked at, not silently cut.
      if (names.length === 0 || (!writer && names.join() !== 'coreKnownTags,getTags'))
        throw new Error(`yaml/${path} has another shape than scripts/support/slim-yaml.ts knows.`)
      return { code: writer ? withoutWriter(names) : coreTagsOnly, map: null }
    },
  }
}

function exportedNames(code: string): readonly string[] {
  const list = /^export \{([^}]*)\};?$/m.exec(code)?.[1] ?? ''
  return list.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
}

const coreTagsOnly = `
import { schema } from './core/schema.js'
export const coreKnownTags = {}
export function getTags(customTags, name) {
  if (customTags || name !== 'core') throw new Error('Only the core schema is here.')
  return schema.slice()
}
`

function withoutWriter(names: readonly string[]): string {
  const refuse = `const refuse = () => { throw new Error('The YAML writer is not here.') }`
  return `${refuse}\n${names.map((name) => `export const ${name} = refuse`).join('\n')}\n`
}
