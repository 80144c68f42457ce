import { existsSync } from 'node:fs'
import { findBrowser } from './find-browser.mjs'
import { run, Stop } from './run.mjs'

/**
 * The path of a browser for the tests. System packages are installed only with consent: as root on Debian when
 * `CI=true` or `ESPALIER_INSTALL_BROWSER=1` says so; anywhere else the message names the command.
 */
export async function ensureBrowser() {
  const found = findBrowser()
  if (found !== null) return found
  if (!mayInstall()) throw new Stop(howToInstall())
  console.log('Installing Chromium with apt-get…')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const quiet = ['-y', '-qq', '--no-install-recommends']
  if ((await run('apt-get', ['update', '-qq'], { env })) !== 0)
    throw new Stop('`apt-get update` failed, see above.')
  if ((await run('apt-get', ['install', ...quiet, 'chromium'], { env })) !== 0)
    throw new Stop('`apt-get install chromium` failed, see above.')
  const installed = findBrowser()
  if (installed === null) throw new Stop(howToInstall())
  return installed
}

function mayInstall() {
  const consent = process.env['CI'] === 'true' || process.env['ESPALIER_INSTALL_BROWSER'] === '1'
  return consent && process.getuid?.() === 0 && isDebian()
}

function isDebian() {
  return process.platform === 'linux' && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
}

function howToInstall() {
  const command = {
    darwin: 'brew install --cask chromium',
    win32: 'winget install Google.Chrome',
    linux: isDebian() ? 'sudo apt-get install chromium' : "your system's package manager, package `chromium`",
  }[process.platform]
  return [
    'The tests need a Chromium-family browser and none was found.',
    `Install one: ${command ?? 'Chromium or Google Chrome'}`,
    'or set CHROME_PATH to the program. Then run `npm test` again.',
  ].join('\n')
}
