import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']

/** The path of a Chromium-family browser: `CHROME_PATH`, then PATH and the usual places; null when there is none. */
export function findBrowser(env = process.env, platform = process.platform) {
  const asked = env['CHROME_PATH']
  if (asked !== undefined && asked !== '') {
    if (isProgram(asked)) return asked
    throw new Error(`CHROME_PATH names ${asked}, which is not a program: correct the variable or unset it.`)
  }
  return usualPlaces(env, platform).find(isProgram) ?? null
}

function usualPlaces(env, platform) {
  if (platform === 'darwin') {
    const roots = ['/Applications', join(env['HOME'] ?? '', 'Applications')]
    const apps = ['Google Chrome', 'Chromium', 'Microsoft Edge']
    return roots.flatMap((folder) => apps.map((app) => join(folder, `${app}.app`, 'Contents', 'MacOS', app)))
  }
  if (platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => env[name] ?? [])
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe']
    programs.push('Microsoft\\Edge\\Application\\msedge.exe')
    return roots.flatMap((folder) => programs.map((program) => join(folder, program)))
  }
  const folders = [
    ...(env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/snap/bin',
    '/opt/google/chrome',
  ]
  return folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => join(folder, name)))
}

function isProgram(path) {
  if (!existsSync(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
