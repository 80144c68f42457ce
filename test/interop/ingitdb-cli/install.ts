import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

const module = 'github.com/ingitdb/ingitdb-cli/cmd/ingitdb'
/** Tried in this order: the version that the format facts describe, then its neighbours, then the newest. */
const versions = ['v0.65.5', 'v0.65.6', 'v0.65.4', 'latest']
const oldestGo = [1, 26] as const

/** The inGitDB CLI, or why it is not here. */
export type IngitdbCli = { readonly path: string; readonly version: string } | { readonly missing: string }

/** Installs the published CLI by name, once per machine, where a Go toolchain is there already. */
export async function installIngitdbCli(): Promise<IngitdbCli> {
  const go = await runGo(['env', 'GOVERSION'])
  if (!go.ok) return { missing: 'there is no Go toolchain on this machine' }
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(go.text) ?? []).slice(1).map(Number)
  if (major < oldestGo[0] || (major === oldestGo[0] && minor < oldestGo[1]))
    return { missing: `${go.text.trim()} is older than Go ${oldestGo.join('.')}` }
  const failures: string[] = []
  for (const version of versions) {
    const folder = join(tmpdir(), `espalier-ingitdb-cli-${version}`)
    const path = join(folder, process.platform === 'win32' ? 'ingitdb.exe' : 'ingitdb')
    if (existsSync(path)) return { path, version }
    await mkdir(folder, { recursive: true })
    const installed = await runGo(['install', `${module}@${version}`], { GOBIN: folder })
    if (installed.ok && existsSync(path)) return { path, version }
    failures.push(`${version}: ${installed.text.trim().split('\n').at(-1) ?? 'no answer'}`)
  }
  return { missing: `no version could be installed (${failures.join('; ')})` }
}

function runGo(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly ok: boolean; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(
      'go',
      args,
      { env: { ...process.env, ...env }, timeout: 600_000, maxBuffer: 16 << 20 },
      (error, stdout, stderr) => resolve({ ok: error === null, text: stdout || stderr || String(error) }),
    )
  })
}
