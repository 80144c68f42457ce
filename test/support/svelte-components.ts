import type { Plugin } from 'vite'

/** Compiles Svelte's components, for a page or (in tests that run in Node) for a server. */
export function svelteComponents(): Plugin {
  return {
    name: 'svelte-components',
    transform: async (code, id, options) => {
      if (!id.endsWith('.svelte')) return undefined
      const { compile } = await import('svelte/compiler')
      return compile(code, { filename: id, generate: options?.ssr ? 'server' : 'client' }).js
    },
  }
}
