import { existsSync } from 'node:fs'
import { dirname, posix, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

export const root: string = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The package's entries: their path in dist/ is their path here, so that declarations fall beside them. */
const entries = [
  'src/index',
  'worker/index',
  'src/node',
  'src/query',
  'src/bindings/react',
  'src/bindings/vue',
  'src/bindings/svelte',
  'src/bindings/preact',
  'src/bindings/tanstack-db',
  'worker/git-face/index',
  'worker/plugins/ajv',
  'worker/plugins/search',
  'cli/vite-plugin',
  'cli/main',
] as const

/** The worker that the client starts by default, and what it loads when a database needs more: self-contained files. */
export const prebuiltEntries = { worker: 'worker/main', extras: 'worker/extras' } as const

export function libraryEntries(): Record<string, string> {
  const present = entries.filter((entry) => existsSync(resolve(root, `${entry}.ts`)))
  return Object.fromEntries(present.map((entry) => [entry, resolve(root, `${entry}.ts`)]))
}

/**
 * Keeps `new URL('<…>/worker/main.ts', import.meta.url)` a plain URL of the prebuilt file. Left alone, the bundler
 * would inline or hash it once more; apps' own bundlers are the ones to follow the literal in the built file.
 */
export function prebuiltUrls(): Plugin {
  const files = Object.values(prebuiltEntries).map((entry) => ({
    entry,
    literal: new RegExp(String.raw`(['"])(?:\.\.?\/)+${entry}\.ts\1(?=\s*,\s*import\.meta\.url)`, 'g'),
    placeholder: `__ESPALIER_${entry.toUpperCase().replace('/', '_')}_URL__`,
  }))
  const replaceAll = (code: string, replace: (code: string, file: (typeof files)[number]) => string) => {
    const replaced = files.reduce(replace, code)
    return replaced === code ? null : { code: replaced, map: null }
  }
  return {
    name: 'espalier-prebuilt-urls',
    enforce: 'pre',
    transform: (code) =>
      replaceAll(code, (now, { literal, placeholder }) => now.replace(literal, placeholder)),
    renderChunk: (code, chunk) =>
      replaceAll(code, (now, { entry, placeholder }) => {
        const path = relative(posix.dirname(chunk.fileName), `${entry}.js`).replaceAll('\\', '/')
        return now.replaceAll(placeholder, `'${path.startsWith('.') ? path : `./${path}`}'`)
      }),
  }
}
