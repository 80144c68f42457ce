import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'
import { svelteComponents } from './test/support/svelte-components.ts'

/** `npm test` runs what is neither long nor needs a peer that may not be installed. */
const kind = process.env['ESPALIER_TESTS'] ?? ''
const special: Readonly<Record<string, string>> = {
  long: 'test/**/*.long.test.ts',
  interop: 'test/**/*.peer.test.ts',
}
const chosen = special[kind]
const long = chosen !== undefined

export default defineConfig({
  plugins: [svelteComponents()],
  test: {
    include: chosen ? [chosen] : ['{src,worker,cli,demo,bench,scripts}/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(long ? [] : Object.values(special))],
    passWithNoTests: long,
    // A busy machine makes tests slow, not wrong: this only ends what hangs.
    testTimeout: long ? 600_000 : 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    // Two processes load the modules once, instead of one process and one loading for each file.
    isolate: false,
    setupFiles: ['test/support/small-process/setup.ts', 'test/support/leave-no-trace.ts'],
    sequence: { sequencer: LongestFirst },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'worker/**/*.ts', 'cli/**/*.ts'],
      exclude: ['**/*.{test,suite,test-d,testing,support}.ts'],
      reporter: ['text-summary', 'json-summary'],
      // A failed run prints it too: that is when one looks.
      reportOnFailure: true,
      // What must not lose or invent data is covered in every branch.
      thresholds: {
        lines: 85,
        'worker/{storage,merge}/**': { branches: 100 },
        'worker/engine/{branches/journal,branches/working-changes,writes/operation-log}.ts': {
          branches: 100,
        },
      },
    },
  },
})
