import { batch, computed, signal } from '@preact/signals'
import type {
  Branch,
  BranchInfo,
  CollectionInfo,
  CommitInfo,
  DatabaseEvent,
  Issue,
  Row,
  Snapshot,
  Status,
  WorkingChange,
} from '../../../src/index.ts'
import { isEspalierError } from '../../../src/index.ts'
import { createCollector } from '../lib/collector.ts'
import { createRefresher } from '../lib/refresher.ts'
import { spliceRows } from '../lib/splice-rows.ts'
import { notify, notifyFailure } from './notices.ts'
import { progress, type Session } from './session.ts'

/** What the page shows: a branch that can be edited, or one commit. */
export interface View {
  readonly snapshot: Snapshot
  /** Null while looking at a commit. */
  readonly branch: Branch | null
  /** The branch to edit, or to go back to. */
  readonly branchName: string
  readonly commit: string | null
}

/** Records of the chosen collection as they were read. */
export interface LoadedRows {
  readonly collection: string
  readonly snapshot: Snapshot
  readonly rows: readonly Row[]
  readonly problems: readonly Issue[]
}

export const view = signal<View | null>(null)
export const openBranches = signal<ReadonlyMap<string, Branch>>(new Map())
export const collections = signal<readonly CollectionInfo[] | null>(null)
export const definitionIssues = signal<readonly { readonly message: string; readonly file: string }[]>([])
export const collectionId = signal<string | null>(null)
export const selectedKey = signal<string | null>(null)
export const loadedRows = signal<LoadedRows | null>(null)
export const changes = signal<readonly WorkingChange[]>([])
export const status = signal<Status | null>(null)
export const branches = signal<readonly BranchInfo[]>([])
export const log = signal<readonly CommitInfo[] | null>(null)
export const logLimit = signal(50)

/** The definition of the chosen collection. */
export const collection = computed(
  () => collections.value?.find((one) => one.definition.id === collectionId.value) ?? null,
)
/** Working changes by collection, then key. */
export const changesByCollection = computed(() => {
  const byCollection = new Map<string, Map<string, WorkingChange>>()
  for (const change of changes.value) {
    const group = byCollection.get(change.collection) ?? new Map<string, WorkingChange>()
    byCollection.set(change.collection, group.set(change.key, change))
  }
  return byCollection
})

/** A loader of one part of the page that stores only what still belongs to the view. */
function part(load: (view: View) => Promise<(() => void) | undefined>): () => Promise<void> {
  return createRefresher(async () => {
    const current = view.value
    if (current === null) return
    try {
      const store = await load(current)
      if (view.value === current && store !== undefined) batch(store)
    } catch (error) {
      if (view.value === current && !isEspalierError(error, 'engine/closed'))
        notifyFailure('read', 'Reading the database failed', error)
    }
  })
}

export const refreshCollections: () => Promise<void> = part(async ({ snapshot }) => {
  const found = await snapshot.collections()
  return () => {
    collections.value = found.collections
    definitionIssues.value = found.issues
  }
})

/** Above this many changed records the whole collection is read again. */
const fewRecords = 50

let wantedRows: 'all' | ReadonlySet<string> = new Set()

const loadRows = part(async ({ snapshot }) => {
  const wanted = wantedRows
  wantedRows = new Set()
  const id = collectionId.value
  const info = collections.value?.find((one) => one.definition.id === id)
  if (id === null || info?.definition.readable.ok !== true) return undefined
  const source = snapshot.collection(id)
  const isLoaded = loadedRows.value?.collection === id && loadedRows.value.snapshot === snapshot
  if (wanted === 'all' || wanted.size > fewRecords || !isLoaded) {
    const [rows, problems] = await Promise.all([source.all(), source.problems()])
    return () => {
      if (collectionId.value === id) loadedRows.value = { collection: id, snapshot, rows, problems }
    }
  }
  const read = async (key: string): Promise<[string, Row | undefined]> => [key, await source.get(key)]
  const [found, problems] = await Promise.all([Promise.all([...wanted].map(read)), source.problems()])
  return () => {
    const loaded = loadedRows.value
    if (loaded?.collection === id && loaded.snapshot === snapshot)
      loadedRows.value = { ...loaded, rows: spliceRows(loaded.rows, new Map(found)), problems }
  }
})

/** Reads every record of the chosen collection. */
export function refreshRows(): Promise<void> {
  wantedRows = 'all'
  return loadRows()
}

/** Reads some records of the chosen collection again; what is shown of the others stays as it is. */
export function refreshRecords(keys: readonly string[]): Promise<void> {
  if (wantedRows !== 'all') wantedRows = new Set([...wantedRows, ...keys])
  return loadRows()
}

export const refreshChanges: () => Promise<void> = part(async ({ branch }) => {
  const found = branch === null ? [] : await branch.changes()
  return () => {
    changes.value = found
  }
})

export const refreshStatus: () => Promise<void> = part(async ({ snapshot }) => {
  const found = await snapshot.status()
  return () => {
    status.value = found
    if (found.history !== 'loading' && progress.value?.phase === 'history') progress.value = null
  }
})

export const refreshLog: () => Promise<void> = part(async ({ branch, snapshot, branchName }) => {
  // While looking at a commit the list stays that of the branch, so that the way forward stays visible.
  const source = branch ?? openBranches.value.get(branchName) ?? snapshot
  const found = await source.log({ limit: logLimit.value })
  return () => {
    log.value = found
  }
})

let current: Session | null = null
let unsubscribe = (): void => {}

export async function refreshBranches(): Promise<void> {
  const mine = current
  try {
    const found = (await mine?.database.branches.list()) ?? []
    if (mine === current) branches.value = found
  } catch (error) {
    if (mine === current && !isEspalierError(error, 'engine/closed'))
      notifyFailure('read', 'Listing the branches failed', error)
  }
}

/** Shows another branch or commit. */
export async function showView(next: View): Promise<void> {
  const before = view.value
  batch(() => {
    view.value = next
    loadedRows.value = null
    status.value = null
    changes.value = []
    if (before?.branchName !== next.branchName) log.value = null
  })
  if (before !== null && before.branch === null) void before.snapshot.close().catch(() => {})
  await refreshCollections()
  await Promise.all([refreshRows(), refreshChanges(), refreshStatus()])
  void refreshLog()
}

/** Fills the page from a database that was just opened. */
export async function startWorkspace(opened: Session): Promise<void> {
  stopWorkspace()
  current = opened
  const { database } = opened
  unsubscribe = database.subscribe(onEvent)
  const branchName = database.branch ?? ''
  openBranches.value = new Map([[branchName, database]])
  void refreshBranches()
  await showView({ snapshot: database, branch: database, branchName, commit: null })
}

/** Empties the page. */
export function stopWorkspace(): void {
  unsubscribe()
  unsubscribe = () => {}
  news.clear()
  current = null
  batch(() => {
    view.value = null
    openBranches.value = new Map()
    collections.value = null
    definitionIssues.value = []
    collectionId.value = null
    selectedKey.value = null
    loadedRows.value = null
    changes.value = []
    status.value = null
    branches.value = []
    log.value = null
    logLimit.value = 50
  })
}

function onEvent(event: DatabaseEvent): void {
  switch (event.type) {
    case 'progress':
      return
    case 'warning':
      notify({
        about: event.code,
        tone: 'warning',
        title: 'Please note',
        text: event.message,
        code: event.code,
      })
      return
    case 'status':
    case 'changed':
      news.add(event)
  }
}

/** Events come in bursts (each edit, each step of the history): one reload answers all that came together. */
const news = createCollector<DatabaseEvent>((events) => {
  const shown = view.value?.branch?.branch
  const changed = events.flatMap((event) =>
    event.type === 'changed' && event.branch === shown ? [event.records] : [],
  )
  if (events.some((event) => event.type === 'status')) {
    void refreshBranches()
    void refreshLog()
  }
  void refreshStatus()
  if (changed.length === 0) return
  void refreshCollections()
  void refreshChanges()
  const records = changed.includes(null) ? null : changed.flatMap((some) => some ?? [])
  const keys = records?.filter((one) => one.collection === collectionId.value).map((one) => one.key)
  if (keys === undefined) void refreshRows()
  else if (keys.length > 0) void refreshRecords(keys)
})
