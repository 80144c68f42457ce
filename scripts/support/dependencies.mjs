import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, root, Stop } from './run.mjs'

/** Installs the npm packages exactly as locked when they are missing or differ from the lock file. */
export async function ensureDependencies() {
  requireNode()
  const difference = findDifference()
  if (difference === null) return
  console.log(`Installing the npm packages (${difference})…`)
  // A production environment must not leave the development packages out.
  const code = await npm(['ci', '--no-audit', '--no-fund', '--include=dev'])
  if (code !== 0) throw new Stop('`npm ci` failed, see above. Check the network and run the command again.')
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22
  if (!fits) throw new Stop(`Node ${process.versions.node} is too old: install Node 20.19, 22.12 or newer.`)
}

/** The first locked package that is not installed in its locked version, in words; null when all are. */
function findDifference() {
  const installedFile = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return 'none is installed yet'
  const locked = packagesIn(join(root, 'package-lock.json'))
  const installed = packagesIn(installedFile)
  for (const [path, entry] of Object.entries(locked)) {
    // Optional packages (binaries of other platforms) may be absent.
    if (path === '' || entry.link === true) continue
    const found = installed[path]
    if (found === undefined ? !isOptional(entry) : found.version !== entry.version)
      return `${path.replace(/^.*node_modules\//, '')} ${entry.version} is missing`
  }
  return null
}

function packagesIn(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
}

function isOptional(entry) {
  return entry.optional === true || entry.devOptional === true || entry.peer === true
}
