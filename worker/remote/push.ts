import { EspalierError, isEspalierError } from '../../src/protocol/errors.ts'
import type { Advertisement } from './advertisement.ts'
import type { Capabilities } from './capabilities.ts'
import { withData } from './http-errors.ts'
import type { HttpSession } from './http-session.ts'
import { compareRef, pushBody, type PushReport, readPushReport, type RefUpdate } from './receive-pack.ts'
import type { PushedRef, PushRequest, PushResult, RemoteRefs, TransferOptions } from './remote.ts'

type ReceiveAdvertisement = Advertisement & { readonly version: 0 }

export interface PushContext {
  readonly url: string
  readonly agent: string
  readonly http: HttpSession
  readonly advertise: (transfer: TransferOptions) => Promise<ReceiveAdvertisement>
  readonly checkResult: (response: Response) => void
}

/**
 * Push over smart HTTP. The old id of every ref is always sent, so the host refuses what would overwrite
 * someone's work; a ref that already has the new id (the answer of an earlier push was lost) counts as done.
 */
export function pushOverHttp(context: PushContext): (request: PushRequest) => Promise<PushResult> {
  const { http } = context
  // Later pushes save the first round trip; forgotten whenever anything was unclear.
  let known: Capabilities | null = null

  return async (request) => {
    const outcomes = new Map<string, PushedRef>()
    let capabilities = known
    let open: readonly RefUpdate[] = request.updates
    if (capabilities === null) {
      const advertisement = await context.advertise(request)
      capabilities = advertisement.capabilities
      open = settleBeforehand(open, advertisement.refs, outcomes)
    }
    const atomic = request.atomic ?? request.updates.length > 1
    if (atomic && !capabilities.has('atomic')) throw cannot(context.url, 'atomic', 'several refs all at once')
    if (atomic && open.length > 0 && [...outcomes.values()].some(({ status }) => status !== 'ok')) {
      for (const { ref } of open) outcomes.set(ref, withheld(ref))
      open = []
    }
    if (open.some(({ newOid }) => newOid === null) && !capabilities.has('delete-refs')) {
      throw cannot(context.url, 'delete-refs', 'the deletion of refs')
    }
    if (open.length > 0) {
      known = null
      const sure = await send(open, capabilities, atomic)
      if (sure) known = capabilities
    }
    return {
      refs: request.updates.map(({ ref }) => outcomes.get(ref) ?? refused(ref, 'the host did not say')),
    }

    /** Sends the open updates. False when the host's answer left something to be read back. */
    async function send(
      updates: readonly RefUpdate[],
      able: Capabilities,
      atomic: boolean,
    ): Promise<boolean> {
      const report = await exchange(
        context,
        request,
        pushBody(able, updates, await packFor(updates), atomic, context.agent),
        able,
      )
      for (const { ref } of updates) {
        if (report?.unpack === 'ok' && report.refs.get(ref) === null) outcomes.set(ref, { ref, status: 'ok' })
      }
      const unclear = updates.filter(({ ref }) => !outcomes.has(ref))
      if (unclear.length === 0) return true
      // The host's words differ between versions and products; where the ref stands now does not.
      const now = await context.advertise(request).catch(() => null)
      for (const update of unclear) outcomes.set(update.ref, explain(update, report, now?.refs ?? null, http))
      return false
    }

    async function packFor(updates: readonly RefUpdate[]): Promise<readonly Uint8Array[] | null> {
      return updates.some(({ newOid }) => newOid !== null) ? await request.pack : null
    }
  }
}

/** Decides what the advertisement decides already. Returns the updates that must be sent. */
function settleBeforehand(
  updates: readonly RefUpdate[],
  remote: RemoteRefs,
  outcomes: Map<string, PushedRef>,
): readonly RefUpdate[] {
  return updates.filter((update) => {
    const { ref } = update
    const where = compareRef(update, remote.refs.get(ref) ?? null)
    if (where === 'done') outcomes.set(ref, { ref, status: 'ok' })
    else if (where === 'moved') outcomes.set(ref, diverged(ref, 'the remote has moved on'))
    return where === 'unmoved'
  })
}

async function exchange(
  context: PushContext,
  request: PushRequest,
  body: Blob,
  capabilities: Capabilities,
): Promise<PushReport | null> {
  const { http } = context
  request.onProgress?.({ phase: 'sending', loaded: 0, total: body.size })
  try {
    const response = await http.post({ service: 'git-receive-pack', body, signal: request.signal })
    context.checkResult(response)
    const reader = http.read(response, request.signal)
    try {
      const report = await readPushReport(reader, capabilities, request)
      reader.finish()
      request.onProgress?.({ phase: 'sending', loaded: body.size, total: body.size })
      return report
    } catch (error) {
      reader.cancel()
      throw error
    }
  } catch (error) {
    throw maybeApplied(error, context)
  }
}

/** Marks the failures after which nobody here knows whether the host applied the push. */
function maybeApplied(error: unknown, { url }: PushContext): unknown {
  if (!isEspalierError(error)) return error
  const { status } = error.data
  if (typeof status === 'number' && status < 500) return error // the host's clear answer
  switch (error.code) {
    case 'remote/truncated':
    case 'remote/network':
    case 'remote/protocol':
      return new EspalierError(
        'remote/network',
        `The answer of ${url} to the push was lost, so that the push may have happened. Push again: what has ` +
          'arrived already is recognised.',
        { data: { ...error.data, url, maybeApplied: true }, cause: error },
      )
    case 'remote/server-error':
    case 'remote/aborted':
      return withData(error, { maybeApplied: true })
    default:
      return error
  }
}

function explain(
  update: RefUpdate,
  report: PushReport | null,
  now: RemoteRefs | null,
  http: HttpSession,
): PushedRef {
  const { ref } = update
  const unpack = report === null || report.unpack === 'ok' ? null : `unpack failed: ${report.unpack}`
  const said = unpack ?? report?.refs.get(ref) ?? 'the host did not say why'
  const reason = http.redact([said, report?.text ?? ''].filter((text) => text !== '').join('\n'))
  const where = now === null ? null : compareRef(update, now.refs.get(ref) ?? null)
  if (where === 'done') return { ref, status: 'ok' }
  if (where === 'moved' || isDivergence(said)) return diverged(ref, reason)
  return refused(ref, reason)
}

function isDivergence(reason: string): boolean {
  return /non-fast-forward|fetch first|stale info|incorrect old value|reference already exists/i.test(reason)
}

function diverged(ref: string, reason: string): PushedRef {
  return { ref, status: 'diverged', reason }
}

function refused(ref: string, reason: string): PushedRef {
  return { ref, status: 'refused', reason }
}

function withheld(ref: string): PushedRef {
  return refused(ref, 'not pushed: the push is all or nothing, and another ref could not be pushed')
}

function cannot(url: string, feature: string, what: string): EspalierError {
  return new EspalierError('remote/protocol', `${url} cannot do ${what}. Push the refs one by one.`, {
    data: { url, feature },
  })
}
