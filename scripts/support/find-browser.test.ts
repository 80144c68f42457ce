import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBrowser } from './find-browser.mjs'

let folder: string
let program: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'espalier-find-browser-'))
  program = join(folder, 'chromium')
  writeFileSync(program, '#!/bin/sh\n')
  chmodSync(program, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('CHROME_PATH wins over PATH', () => {
  expect(findBrowser({ CHROME_PATH: program, PATH: '/nowhere' }, 'linux')).toBe(program)
})

test('a CHROME_PATH that is no program is an error that names the variable, not a silent other browser', () => {
  expect(() => findBrowser({ CHROME_PATH: join(folder, 'absent'), PATH: folder }, 'linux')).toThrow(
    'CHROME_PATH',
  )
})

test('without CHROME_PATH the browser in PATH is found', () => {
  expect(findBrowser({ PATH: ['/nowhere', folder].join(delimiter) }, 'linux')).toBe(program)
})

test('no browser gives null', () => {
  expect(findBrowser({ PATH: '/nowhere' }, 'darwin')).toBeNull()
  expect(findBrowser({ PROGRAMFILES: folder }, 'win32')).toBeNull()
})
