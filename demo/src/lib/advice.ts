import { isEspalierError } from '../../../src/index.ts'
import { withoutSecrets } from './secrets.ts'

/** An error as the page shows it. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** What the reader can do, beyond what the message says. */
  readonly advice: string
}

const adviceByCode: { readonly [code: string]: string } = {
  'remote/network':
    'Check the connection. If this host works elsewhere, it may not allow browsers: it has to send CORS headers, or you can run a CORS proxy.',
  'remote/unauthorized':
    'Sign in again with a token that may read this repository, and write to it for a push.',
  'remote/forbidden': 'Ask for write access, or use a token with the right scope.',
  'remote/not-found': 'Check the address. Private repositories often look missing until you sign in.',
  'remote/too-large': 'Commit and push in smaller steps.',
  'remote/rate-limited': 'Wait a little, then try again.',
  'remote/server-error': 'Nothing was lost here. Try again later.',
  'remote/protocol': 'Check that the address is the one for git, as in “git clone”.',
  'remote/truncated': 'Nothing half-finished was kept. Try again.',
  'remote/read-only': 'Changes stay in this browser. Download a backup bundle to take them along.',
  'remote/empty': 'Push a first commit to it with git, then open it here.',
  'storage/quota': 'Free some disk space, then try again. Everything saved before is still there.',
  'storage/unavailable': 'Reload the page. Private windows may forbid storage.',
  'git/history-missing': 'Go online once so that the older history can be fetched.',
  'record/changed': 'The row shows the newest value now. Make your edit again if it still applies.',
  'engine/read-only': 'Go back to a branch to edit.',
  'engine/nothing-to-commit': 'Edit a cell first.',
  'engine/internal': 'Please report this with the code and the message.',
  'client/worker-failed': 'Reload the page.',
}

/** Turns anything thrown into something to show. Addresses in it lose their secrets. */
export function describeFailure(error: unknown): Failure {
  const code = isEspalierError(error) ? error.code : 'page/unexpected'
  const message = error instanceof Error ? error.message : String(error)
  return { code, message: cleanUrls(message), advice: adviceByCode[code] ?? '' }
}

function cleanUrls(text: string): string {
  return text.replace(/https?:\/\/[^\s"'<>]*@[^\s"'<>]*/g, (url) => withoutSecrets(url))
}
