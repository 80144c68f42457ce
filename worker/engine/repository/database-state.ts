import type { DatabaseState } from '../../../src/protocol/databases.ts'
import type { EspalierError } from '../../../src/protocol/errors.ts'
import type { Activity } from './activities.ts'
import type { DatabaseRow, Summary } from '../databases/database-row.ts'

/** What a database's state follows from. */
export interface StateFacts {
  /** Its store exists. */
  readonly stored: boolean
  readonly activity: Activity | undefined
  readonly summary: Summary | null
  readonly error?: DatabaseRow['error']
}

/** The most urgent word. The same for open databases and for those in the list. */
export function stateOf({ stored, activity, summary, error }: StateFacts): DatabaseState {
  if (activity) return activity
  if (summary && !stored) return 'evicted'
  if (error && isDamage(error.code)) return 'corrupt'
  if (error?.code === 'storage/quota') return 'quota'
  if (!summary) return 'absent'
  if (summary.branches.some(({ conflicts }) => conflicts > 0)) return 'conflicted'
  return summary.diverged ? 'diverged' : 'ready'
}

const damage: ReadonlySet<string> = new Set([
  'storage/corrupt',
  'git/object-missing',
  'git/object-corrupt',
  'git/object-type',
  'git/hash-collision',
])

/** Whether an error says that what is stored cannot be read. */
export function isDamage(code: string): boolean {
  return damage.has(code)
}

const maxMessageLength = 500

/** What a row remembers of an error. */
export function problemOf({ code, message }: EspalierError): NonNullable<DatabaseRow['error']> {
  return { code, message: message.slice(0, maxMessageLength), at: Date.now() }
}
