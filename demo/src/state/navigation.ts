import { batch, computed, effect, signal } from '@preact/signals'
import { formatRoute, parseRoute, type Route, startRoute } from '../lib/route.ts'
import { dismiss, notifyFailure } from './notices.ts'
import { closeRepository, opening, openRepository, session } from './session.ts'
import {
  collectionId,
  collections,
  loadedRows,
  openBranches,
  refreshBranches,
  refreshRows,
  selectedKey,
  showView,
  startWorkspace,
  stopWorkspace,
  view,
} from './workspace.ts'

/** Counts arrivals at a record by link: the table then scrolls there and takes the focus. */
export const arrivals = signal(0)

let applying = 0

const currentRoute = computed<Route>(() => {
  const open = session.value
  const shown = view.value
  if (open === null) return { ...startRoute, repository: opening.value?.repository ?? null }
  return {
    repository: open.repository,
    branch: shown?.branchName ?? null,
    commit: shown?.commit ?? null,
    collection: collectionId.value,
    record: selectedKey.value,
  }
})

/** Opens a repository and what else the route names in it. */
export async function openAt(address: string, route: Partial<Route> = {}): Promise<void> {
  applying += 1
  try {
    stopWorkspace()
    const opened = await openRepository(address, route.branch ?? null)
    if (opened === null) return
    await startWorkspace(opened)
    await applyInside({ ...startRoute, ...route, branch: null })
    if (collectionId.value === null) await selectCollection(firstCollection())
  } finally {
    applying -= 1
  }
  writeHash(currentRoute.value, 'push')
}

/** Back to the start page. */
export async function leave(): Promise<void> {
  stopWorkspace()
  dismiss()
  await closeRepository()
}

/** Shows a collection, at a record when one is named. */
export async function selectCollection(id: string | null, record: string | null = null): Promise<void> {
  const other = id !== collectionId.value
  batch(() => {
    if (other) loadedRows.value = null
    collectionId.value = id
    selectedKey.value = record
  })
  if (other || loadedRows.value === null) await refreshRows()
  if (record !== null) arrivals.value += 1
}

/** Shows a branch and opens it when it is not open yet. */
export async function switchBranch(name: string): Promise<void> {
  await guarded('branch', `Opening the branch “${name}” failed`, async () => {
    const branch = openBranches.value.get(name) ?? (await session.value?.database.branches.open(name))
    if (branch === undefined) return
    openBranches.value = new Map(openBranches.value).set(name, branch)
    await showView({ snapshot: branch, branch, branchName: name, commit: null })
    void refreshBranches()
  })
}

/** Creates a branch from what is shown and switches to it. Returns what is wrong, or null. */
export async function createBranch(name: string): Promise<unknown> {
  const shown = view.value
  const open = session.value
  if (shown === null || open === null) return null
  try {
    const branch = await open.database.branches.create(name, { from: shown.commit ?? shown.branchName })
    openBranches.value = new Map(openBranches.value).set(name, branch)
    await showView({ snapshot: branch, branch, branchName: name, commit: null })
    void refreshBranches()
    return null
  } catch (error) {
    return error
  }
}

/** Closes a branch's tab; its changes stay in this browser. */
export async function closeBranch(name: string): Promise<void> {
  const branch = openBranches.value.get(name)
  const home = session.value?.database.branch ?? ''
  if (branch === undefined || name === home) return
  if (view.value?.branchName === name) await switchBranch(home)
  const rest = new Map(openBranches.value)
  rest.delete(name)
  openBranches.value = rest
  await branch.close().catch(() => {})
}

/** Looks at one commit, read-only. */
export async function viewCommit(oid: string): Promise<void> {
  await guarded('commit-view', 'Opening this commit failed', async () => {
    const shown = view.value
    const snapshot = await session.value?.database.at(oid)
    if (snapshot === undefined || shown === null) return
    await showView({ snapshot, branch: null, branchName: shown.branchName, commit: oid })
  })
}

/** The link to a record in the view that is shown. */
export function recordLink(collection: string, record: string): string {
  return formatRoute({ ...currentRoute.value, collection, record })
}

/** Follows the address bar, and keeps it up to date. */
export function startRouting(): void {
  const first = parseRoute(location.hash)
  writeHash(first, 'replace') // a pasted address with a token leaves the address bar before anything else
  window.addEventListener('popstate', () => void follow(parseRoute(location.hash)))
  if (first.repository !== null) void openAt(first.repository, first)
  let before = currentRoute.peek()
  effect(() => {
    const now = currentRoute.value
    if (applying > 0) return
    const isStep =
      now.repository !== before.repository ||
      now.branch !== before.branch ||
      now.commit !== before.commit ||
      now.collection !== before.collection
    before = now
    writeHash(now, isStep ? 'push' : 'replace')
  })
}

function writeHash(route: Route, how: 'push' | 'replace'): void {
  const hash = formatRoute(route)
  if (hash === location.hash) return
  const address = location.pathname + location.search + hash
  if (how === 'push') history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}

async function follow(route: Route): Promise<void> {
  if (route.repository === null) return leave()
  if (route.repository !== session.value?.repository) return openAt(route.repository, route)
  applying += 1
  try {
    await applyInside(route)
  } finally {
    applying -= 1
  }
  writeHash(currentRoute.value, 'replace')
}

async function applyInside(route: Route): Promise<void> {
  if (route.branch !== null && route.branch !== view.value?.branchName) await switchBranch(route.branch)
  if (route.commit !== null && route.commit !== view.value?.commit) await viewCommit(route.commit)
  if (route.commit === null && view.value !== null && view.value.commit !== null)
    await switchBranch(view.value.branchName)
  if (route.collection !== null) await selectCollection(route.collection, route.record)
}

function firstCollection(): string | null {
  const found = collections.value ?? []
  return (found.find((one) => one.definition.readable.ok) ?? found[0])?.definition.id ?? null
}

async function guarded(about: string, title: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    notifyFailure(about, title, error)
  }
}
