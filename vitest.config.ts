import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{src,worker,demo,bench,scripts}/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/**/*.long.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'worker/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.suite.ts', '**/*.test-d.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
})
