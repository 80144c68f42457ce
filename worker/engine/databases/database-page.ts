import type {
  DatabaseInfo,
  DatabaseOrder,
  DatabasePage,
  DatabaseState,
  ListDatabasesOptions,
} from '../../../src/protocol/databases.ts'
import { type Allowed, needOptions, refuseOption } from '../../../src/protocol/options.ts'
import { queryFault } from '../../records/query-faults.ts'
import { badArgument } from '../common/bad-argument.ts'

const defaultLimit = 50

const states: ReadonlySet<unknown> = new Set([
  'absent',
  'cloning',
  'indexing',
  'ready',
  'syncing',
  'diverged',
  'conflicted',
  'quota',
  'corrupt',
  'evicted',
] satisfies readonly DatabaseState[])

const listOptions: { readonly [Name in keyof ListDatabasesOptions]-?: Allowed } = {
  status: true,
  text: 'string',
  orderBy: true,
  limit: true,
  after: 'string',
}

type SortKey = string | number | null

const sortKeys: { readonly [Key in DatabaseOrder]: (info: DatabaseInfo) => SortKey } = {
  name: ({ name }) => name.toLowerCase(),
  url: ({ url }) => url,
  sizeBytes: ({ sizeBytes }) => sizeBytes,
  createdAt: ({ createdAt }) => createdAt.getTime(),
  lastOpenedAt: ({ lastOpenedAt }) => lastOpenedAt.getTime(),
  lastSyncAt: ({ lastSyncAt }) => lastSyncAt?.getTime() ?? null,
}

/**
 * Filters, sorts and cuts a list. A page goes on behind the place that its cursor names, whatever was added or
 * deleted meanwhile. `of`: what is listed. Throws `engine/bad-argument`, `query/bad-cursor` for one of another list.
 */
export function pageOf<Info extends DatabaseInfo>(
  of: 'databases' | 'trash',
  all: readonly Info[],
  options: ListDatabasesOptions,
): DatabasePage<Info> {
  needOptions(options, listOptions)
  const { status, text, orderBy, limit = defaultLimit, after } = options
  if (!Number.isInteger(limit) || limit < 1)
    throw badArgument(`limit must be a whole number from 1 on, not ${limit}.`)
  const wantedStates = status === undefined ? undefined : new Set([status].flat())
  for (const state of wantedStates ?? [])
    if (!states.has(state)) refuseOption('status', status, `some of ${[...states].join(', ')}`)
  const wanted = text?.toLowerCase() ?? ''
  const fitting = all.filter(
    ({ status: state, name, url }) =>
      (!wantedStates || wantedStates.has(state)) && `${name}\n${url}`.toLowerCase().includes(wanted),
  )
  const order = orderOf(orderBy)
  const list = JSON.stringify([of, order.name, wanted, [...(wantedStates ?? [])].toSorted()])
  const keyed = fitting.map((info) => ({ info, place: [order.keyOf(info), info.id] as const }))
  keyed.sort((a, b) => order.compare(a.place, b.place))
  const from = after === undefined ? undefined : readCursor(after, list)
  const rest = from ? keyed.filter(({ place }) => order.compare(place, from) > 0) : keyed
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(({ info }) => info),
    total: fitting.length,
    next: last && rest.length > limit ? JSON.stringify([list, ...last.place]) : null,
  }
}

type Place = readonly [SortKey, string]

interface Order {
  readonly name: string
  keyOf(info: DatabaseInfo): SortKey
  compare(a: Place, b: Place): number
}

function orderOf(orderBy: ListDatabasesOptions['orderBy'] = { lastOpenedAt: 'desc' }): Order {
  const [property, ...more] = Object.keys(orderBy)
  if (property === undefined || more.length > 0 || !isOrder(property)) {
    throw badArgument(
      `orderBy must name one of ${Object.keys(sortKeys).join(', ')}, not ${JSON.stringify(orderBy)}.`,
    )
  }
  const direction = orderBy[property]
  if (direction !== 'asc' && direction !== 'desc') {
    throw badArgument(`orderBy.${property} must be "asc" or "desc", not ${JSON.stringify(direction)}.`)
  }
  const sign = direction === 'asc' ? 1 : -1
  return {
    name: `${property} ${direction}`,
    keyOf: sortKeys[property],
    compare: ([a, idA], [b, idB]) => sign * compareKeys(a, b) || compareKeys(idA, idB),
  }
}

function isOrder(name: string): name is DatabaseOrder {
  return Object.hasOwn(sortKeys, name)
}

/** Null comes first: never synced is longest ago. */
function compareKeys(a: SortKey, b: SortKey): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? -1 : 1
  return a < b ? -1 : 1
}

/** `list`: what makes a list another one, as its cursors name it. */
function readCursor(cursor: string, list: string): Place {
  try {
    const parts: unknown = JSON.parse(cursor)
    if (Array.isArray(parts) && parts.length === 3 && parts[0] === list && typeof parts[2] === 'string') {
      const key: unknown = parts[1]
      if (key === null || typeof key === 'string' || typeof key === 'number') return [key, parts[2]]
    }
  } catch {
    // Not even JSON.
  }
  throw queryFault(
    'query/bad-cursor',
    'This `after` is not the `next` of a page of the same list. Begin at the first page, without it.',
    ['after'],
  )
}
