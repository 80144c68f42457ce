import { builtinModules } from 'node:module'
import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { libraryEntries, prebuiltWorkerUrl, root, workerEntry } from './scripts/support/library-entries.ts'
import { slimYaml } from './scripts/support/slim-yaml.ts'

const isPackage = (id: string): boolean =>
  builtinModules.includes(id) || id.startsWith('node:') || /^(?:@[a-z]|[a-z])[^:]*$/.test(id)

/** `vite build` makes the entries; `vite build --mode worker` makes the prebuilt worker beside them. */
export default defineConfig(({ mode }) => {
  const isWorker = mode === 'worker'
  return {
    publicDir: false,
    plugins: isWorker ? [slimYaml()] : [prebuiltWorkerUrl()],
    define: isWorker ? { 'process.env.NODE_ENV': '"production"' } : {},
    build: {
      outDir: 'dist',
      emptyOutDir: false,
      target: 'es2022',
      sourcemap: true,
      // terser makes the worker 2 % smaller than the default minifier, and its budget is tight.
      minify: isWorker && 'terser',
      ...(isWorker && {
        terserOptions: { module: true, ecma: 2020, compress: { passes: 3 }, format: { comments: false } },
      }),
      modulePreload: false,
      lib: {
        entry: isWorker ? { [workerEntry]: resolve(root, `${workerEntry}.ts`) } : libraryEntries(),
        formats: ['es'],
      },
      rolldownOptions: {
        external: isWorker ? [] : isPackage,
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: 'shared/[name]-[hash].js',
          ...(isWorker && { codeSplitting: false }),
        },
      },
    },
  }
})
