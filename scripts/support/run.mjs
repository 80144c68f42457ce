// Plain Node without dependencies: these scripts run before anything is installed.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** An error whose message is all that the user needs: printed without a stack. */
export class Stop extends Error {}

/** Runs a program in the project's root with its output shown; resolves with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1))
  })
}

/** Runs a program of an installed package by its JavaScript file, which works on every platform. */
export function runBin(packageName, args, options = {}) {
  return run(process.execPath, [binOf(packageName, options.bin), ...args], options)
}

function binOf(packageName, name) {
  const folder = join(root, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = typeof bin === 'string' ? bin : (bin[name ?? packageName] ?? Object.values(bin)[0])
  return join(folder, file)
}

/** Runs npm itself: the one that runs this script, or the one in PATH. */
export function npm(args, options = {}) {
  const self = process.env['npm_execpath']
  if (self !== undefined && /npm-cli\.[cm]?js$/.test(self))
    return run(process.execPath, [self, ...args], options)
  return run('npm', args, { shell: process.platform === 'win32', ...options })
}

/** Runs a script's main function; a `Stop` prints its message only. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0
  } catch (error) {
    console.error(error instanceof Stop ? `\n${error.message}\n` : error)
    process.exitCode = 1
  }
}
