import { Buffer } from 'buffer'
import * as isomorphic from 'isomorphic-git'
import http from 'isomorphic-git/http/web'
import { type Database, open } from '../../src/index.ts'
import { git, type GitFace } from '../../worker/git-face/index.ts'

// isomorphic-git asks for Node's Buffer as a global in browsers too.
Object.assign(globalThis, { Buffer })

const author = { name: 'Ada', email: 'ada@example.com', timestamp: 1_700_000_000, timezoneOffset: 0 }
const web: isomorphic.HttpClient = http
const never = new Promise<never>(() => {})

/** Where a fetch stops for ever, and the browser is killed. */
export type Stop = 'in the transfer' | 'before the end' | 'while storing'

/** What the tests of the git entry call in a real browser. One page holds one database. */
const gitPage = {
  db: undefined as Database | undefined,

  async open(url: string, credentials: { username: string; password: string }): Promise<void> {
    gitPage.db = await open(url, { author, auth: () => credentials })
    await gitPage.db.settled()
  },

  use(): Database {
    if (!gitPage.db) throw new Error('Open a database first')
    return gitPage.db
  },

  async exportBase64(): Promise<string> {
    return Buffer.from(await gitPage.use().exportBundle()).toString('base64')
  },

  /** Merges what somebody else pushed, commits on a new branch, tags and pushes. */
  async work(credentials: { username: string; password: string }): Promise<{
    readonly merge: string
    readonly draft: string
    readonly log: readonly string[]
  }> {
    const onAuth = (): { username: string; password: string } => credentials
    return git(gitPage.use(), async (face) => {
      await isomorphic.fetch({ ...face, http, onAuth, remote: 'origin' })
      const merged = await isomorphic.merge({ ...face, ours: 'main', theirs: 'origin/main', author })
      const merge = merged.oid ?? ''
      await isomorphic.branch({ ...face, ref: 'draft', object: 'main' })
      const { commit } = await isomorphic.readCommit({ ...face, oid: merge })
      const draft = await isomorphic.commit({
        ...face,
        ref: 'refs/heads/draft',
        parent: [merge],
        tree: commit.tree,
        message: 'Draft',
        author,
      })
      await isomorphic.tag({ ...face, ref: 'v1', object: 'main' })
      for (const ref of ['main', 'draft']) {
        const { ok } = await isomorphic.push({ ...face, http, onAuth, remote: 'origin', ref, remoteRef: ref })
        if (!ok) throw new Error(`The push of ${ref} failed`)
      }
      const log = await isomorphic.log({ ...face, ref: 'draft' })
      return { merge, draft, log: log.map(({ commit: { message } }) => message.trim()) }
    })
  },

  /** Fetches and fast-forwards, but never comes to an end. */
  async fetchUntil(
    stop: Stop,
    credentials: { username: string; password: string },
    reached: () => void,
  ): Promise<void> {
    const onAuth = (): { username: string; password: string } => credentials
    const client: isomorphic.HttpClient = {
      request: async (request) => {
        const response = await web.request(request)
        const isPack = stop === 'in the transfer' && request.method === 'POST'
        return isPack && response.body ? { ...response, body: firstChunk(response.body, reached) } : response
      },
    }
    await git(gitPage.use(), async (face: GitFace) => {
      await isomorphic.fetch({ ...face, http: client, onAuth, remote: 'origin' })
      await isomorphic.merge({ ...face, ours: 'main', theirs: 'origin/main', author, fastForwardOnly: true })
      reached()
      if (stop === 'before the end') await never
    })
  },
}

async function* firstChunk(
  body: AsyncIterableIterator<Uint8Array>,
  reached: () => void,
): AsyncIterableIterator<Uint8Array> {
  for await (const chunk of body) {
    yield chunk.subarray(0, Math.ceil(chunk.length / 2))
    reached()
    await never
  }
}

/** The page's side, for the tests' types. */
export type GitPage = typeof gitPage

const violations: string[] = []
document.addEventListener('securitypolicyviolation', (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`),
)

Object.assign(window, { gitPage, violations })
