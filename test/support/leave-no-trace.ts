import { afterAll, expect } from 'vitest'

// Files run one after another in the same process (vitest.config.ts): each leaves it as it was.
const globals = Object.getOwnPropertyDescriptors(globalThis)
const folder = process.cwd()
const environment = { ...process.env }

/** Names of Vitest and of packages that find each other over them begin so. */
const isTheirs = (name: string): boolean => name.startsWith('__')

afterAll(() => {
  const after = Object.getOwnPropertyDescriptors(globalThis)
  const changed = [...new Set([...Object.keys(globals), ...Object.keys(after)])].filter((name) => {
    const before = globals[name]
    // Node makes some of its globals when they are first asked for.
    if (before?.get || isTheirs(name)) return false
    return !before || !after[name] || !Object.is(before.value, after[name].value)
  })
  expect(changed, 'globals that this file changed and did not put back').toEqual([])
  expect(process.cwd()).toBe(folder)
  expect({ ...process.env }).toEqual(environment)
})
