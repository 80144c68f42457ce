import { EspalierError } from '../../src/protocol/errors.ts'

/** The answer of remotes that are files on a static host. */
export async function refuseToPush(url: string): Promise<never> {
  throw new EspalierError(
    'remote/read-only',
    `${url} is read-only (static files). Open the repository at a git host to push to it.`,
    { data: { url } },
  )
}
