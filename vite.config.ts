import { builtinModules } from 'node:module'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { libraryEntries, prebuiltEntries, prebuiltUrls, root } from './scripts/support/library-entries.ts'
import { keepImport } from './scripts/support/keep-import.ts'
import { slimYaml } from './scripts/support/slim-yaml.ts'

const isPackage = (id: string): boolean =>
  builtinModules.includes(id) || id.startsWith('node:') || /^(?:@[a-z]|[a-z])[^:]*$/.test(id)

/** `vite build` makes the entries; `--mode worker` and `--mode extras` make the prebuilt files beside them. */
export default defineConfig(({ mode }) => {
  const entry = mode === 'worker' || mode === 'extras' ? prebuiltEntries[mode] : undefined
  const isPrebuilt = entry !== undefined
  return {
    publicDir: false,
    plugins: isPrebuilt ? [slimYaml(), keepImport()] : [prebuiltUrls()],
    define: isPrebuilt ? { 'process.env.NODE_ENV': '"production"' } : {},
    build: {
      outDir: 'dist',
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: true,
      // The budgets are tight: terser and then the default minifier (below) make smaller files than either alone.
      minify: isPrebuilt && 'terser',
      ...(isPrebuilt && {
        // No browser that reads ES2022 has the faults that Safari 10 has.
        terserOptions: {
          module: true,
          ecma: 2020,
          safari10: false,
          compress: { passes: 2 },
          format: { comments: false },
        },
      }),
      modulePreload: false,
      lib: {
        entry: isPrebuilt ? { [entry]: resolve(root, `${entry}.ts`) } : libraryEntries(),
        formats: ['es'],
      },
      rolldownOptions: {
        external: isPrebuilt ? [] : isPackage,
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: 'shared/[name]-[hash].js',
          ...(isPrebuilt && { codeSplitting: false, minify: true }),
        },
      },
    },
  }
})
