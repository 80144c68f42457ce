import type { Plugin } from 'vite'

/**
 * Tells apps' bundlers to leave the worker's one import alone: its address is known at run time only. The minifier
 * drops comments, and webpack and Vite read theirs inside the parentheses. What follows in the file is short, so that
 * its source map stays right but for the last lines.
 */
export function keepImport(): Plugin {
  return {
    name: 'espalier-keep-import',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        chunk.code = chunk.code.replaceAll(
          /\bimport\((?!\/\*)/g,
          'import(/* webpackIgnore: true */ /* @vite-ignore */ ',
        )
      }
    },
  }
}
