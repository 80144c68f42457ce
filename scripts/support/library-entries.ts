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
  'worker/git-face/index',
  'worker/plugins/toml',
  'worker/plugins/ajv',
  'worker/plugins/formula',
  'worker/plugins/schema',
  'cli/vite-plugin',
  'cli/main',
] as const

/** The worker that the client starts by default: one self-contained file. */
export const workerEntry = 'worker/main'

export function libraryEntries(): Record<string, string> {
  const present = entries.filter((entry) => existsSync(resolve(root, `${entry}.ts`)))
  return Object.fromEntries(present.map((entry) => [entry, resolve(root, `${entry}.ts`)]))
}

const placeholder = '__ESPALIER_WORKER_URL__'

/**
 * Keeps `new URL('<…>/worker/main.ts', import.meta.url)` a plain URL of the prebuilt worker. Left alone, the bundler
 * would inline or hash a second worker; apps' own bundlers are the ones to follow the literal in the built file.
 */
export function prebuiltWorkerUrl(): Plugin {
  return {
    name: 'espalier-prebuilt-worker-url',
    enforce: 'pre',
    transform(code) {
      const pattern = /(['"])(?:\.\.?\/)+worker\/main\.ts\1(?=\s*,\s*import\.meta\.url)/g
      return pattern.test(code) ? { code: code.replace(pattern, placeholder), map: null } : null
    },
    renderChunk(code, chunk) {
      if (!code.includes(placeholder)) return null
      const path = relative(posix.dirname(chunk.fileName), `${workerEntry}.js`).replaceAll('\\', '/')
      return {
        code: code.replaceAll(placeholder, `'${path.startsWith('.') ? path : `./${path}`}'`),
        map: null,
      }
    },
  }
}
