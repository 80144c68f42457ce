import { defineConfig } from 'vitest/config'

const long = process.env['ESPALIER_LONG'] === '1'

export default defineConfig({
  test: {
    include: long
      ? ['test/**/*.long.test.ts']
      : ['{src,worker,cli,demo,bench,scripts}/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(long ? [] : ['**/*.long.test.ts'])],
    passWithNoTests: long,
    testTimeout: long ? 600_000 : 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'worker/**/*.ts', 'cli/**/*.ts'],
      exclude: ['**/*.{test,suite,test-d,testing,support}.ts'],
      reporter: ['text-summary', 'json-summary'],
      // A failed run prints it too: that is when one looks.
      reportOnFailure: true,
      thresholds: { lines: 85 },
    },
  },
})
