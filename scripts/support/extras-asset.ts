import { resolve } from 'node:path'
import { build, type Plugin } from 'vite'
import { prebuiltEntries, root } from './library-entries.ts'
import { slimYaml } from './slim-yaml.ts'

const literal = /new URL\(\s*(['"])(?:\.\.?\/)+worker\/extras\.ts\1\s*,\s*import\.meta\.url,?\s*\)/g
let bundled: Promise<string> | undefined

/**
 * For pages that are built from our sources: the file that the client names for the worker's extras is bundled into
 * one. A bundler copies what `new URL` names as it is, which is right for the package and wrong for a source. The
 * development server needs nothing: it serves sources.
 */
export function extrasAsset(): Plugin {
  return {
    name: 'espalier-extras-asset',
    apply: 'build',
    enforce: 'pre',
    async transform(code) {
      if (code.search(literal) === -1) return null
      bundled ??= bundle()
      const file = this.emitFile({ type: 'asset', name: 'extras.js', source: await bundled })
      return { code: code.replace(literal, `new URL(import.meta.ROLLUP_FILE_URL_${file})`), map: null }
    },
  }
}

async function bundle(): Promise<string> {
  const outputs = await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'error',
    plugins: [slimYaml()],
    build: {
      write: false,
      target: 'es2022',
      minify: true,
      lib: { entry: resolve(root, `${prebuiltEntries.extras}.ts`), formats: ['es'] },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const [first] = Array.isArray(outputs) ? outputs : []
  const [chunk] = first?.output ?? []
  if (chunk?.type !== 'chunk') throw new Error('The extras were not bundled.')
  return chunk.code
}
