import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { extrasAsset } from './scripts/support/extras-asset.ts'

const demo = resolve(import.meta.dirname, 'demo')

/** The playground as static files. The relative base lets them run from any folder of any host. */
export default defineConfig({
  root: demo,
  base: './',
  publicDir: resolve(demo, 'public'),
  worker: { format: 'es' },
  plugins: [extrasAsset()],
  build: {
    outDir: resolve(demo, 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    // Inline data: assets would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
