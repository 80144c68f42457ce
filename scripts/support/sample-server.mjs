import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root, Stop } from './run.mjs'

/** Who may push to the sample's server on this machine. */
export const credentials = { username: 'demo', password: 'demo' }

/**
 * A handler of `/git/sample.git`: a real git server over a bare repository that is unpacked from the sample's bundle
 * once and keeps what is pushed to it, until the bundle changes or `npm start -- --fresh`.
 */
export async function openSampleServer() {
  const folder = join(root, 'demo', '.cache')
  await unpack(join(root, 'demo', 'public', 'sample.bundle'), folder)
  const { runnerImport } = await import('vite')
  const { module } = await runnerImport(join(root, 'demo', 'server', 'git-http.ts'))
  const handle = module.createGitHttpHandler({ root: folder, auth: credentials, cors: true })
  return (request, response) => {
    request.url = request.url.slice('/git'.length)
    handle(request, response)
  }
}

async function unpack(bundle, folder) {
  const version = createHash('sha256')
    .update(await readFile(bundle))
    .digest('hex')
  const stamp = join(folder, 'sample.version')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === version) return
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const repository = join(folder, 'sample.git')
  git(['clone', '--quiet', '--bare', bundle, repository])
  git(['-C', repository, 'remote', 'remove', 'origin'])
  git(['-C', repository, 'config', 'http.receivepack', 'true'])
  git(['-C', repository, 'config', 'uploadpack.allowFilter', 'true'])
  git(['-C', repository, 'config', 'receive.denyNonFastForwards', 'true'])
  // Last: a start that was interrupted before this unpacks again.
  await writeFile(stamp, version)
}

function git(args) {
  const { status, stderr } = spawnSync('git', args, { encoding: 'utf8' })
  if (status !== 0) throw new Stop(`\`git ${args.join(' ')}\` failed:\n${stderr}`)
}
