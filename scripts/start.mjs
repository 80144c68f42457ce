// `npm start`: the playground with its sample, and a real git server for it where git is installed. One terminal,
// one URL; Ctrl-C ends everything. `npm run dev` (--dev) serves the sources with hot reload instead.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureDependencies } from './support/dependencies.mjs'
import { hasGit } from './support/ensure-git.mjs'
import { main, root } from './support/run.mjs'
import { credentials, openSampleServer } from './support/sample-server.mjs'
import { createStaticHandler, serve } from './support/static-server.mjs'

const configFile = join(root, 'vite.demo.config.ts')
const preferredPort = Number(process.env['PORT'] ?? 5180)

await main(async () => {
  await ensureDependencies()
  const args = process.argv.slice(2)
  if (args.includes('--fresh')) await rm(join(root, 'demo', '.cache'), { recursive: true, force: true })
  const git = hasGit() ? await openSampleServer() : null
  const routes = { '/espalier-start.json': answerStart(git !== null), ...(git && { '/git/': git }) }
  const { url, close } = args.includes('--dev') ? await serveSources(routes) : await serveBuilt(routes)

  console.log(`\n  Espalier playground   ${url}`)
  if (git === null) console.log('  No git on this machine: the sample opens from its bundle, read-only.')
  else
    console.log(
      `  Sample repository     ${url}git/sample.git   (push as ${credentials.username}/${credentials.password})`,
    )
  console.log('  Ctrl-C ends it.\n')
  await untilInterrupted()
  await close()
})

/** What the page cannot know by itself: is there a git server beside it? */
function answerStart(withGit) {
  return (request, response) => {
    const origin = `http://${request.headers.host}`
    const remotes = withGit ? [{ title: 'Sample, from a git server', url: `${origin}/git/sample.git` }] : []
    response.setHeader('Content-Type', 'application/json; charset=utf-8')
    response.end(JSON.stringify({ bundle: 'sample.bundle', remotes }))
  }
}

/** As a static host would: built files, the strict policy on every response. */
async function serveBuilt(routes) {
  const { build } = await import('vite')
  await build({ configFile, logLevel: 'warn' })
  return serve({ port: preferredPort, routes, fallback: createStaticHandler(join(root, 'demo', 'dist')) })
}

async function serveSources(routes) {
  const { createServer } = await import('vite')
  const mount = {
    name: 'espalier-routes',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const prefix = Object.keys(routes).find((candidate) => request.url.startsWith(candidate))
        if (prefix === undefined) next()
        else routes[prefix](request, response)
      })
    },
  }
  const server = await createServer({ configFile, plugins: [mount], server: { port: preferredPort } })
  await server.listen()
  return { url: server.resolvedUrls.local[0], close: () => server.close() }
}

function untilInterrupted() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve)
  })
}
