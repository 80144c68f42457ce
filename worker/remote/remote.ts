import type { Oid } from '../git/objects/oid.ts'

/** One git remote, whatever its transport. Knows nothing of records. */
export interface Remote {
  /** The address without user info: safe to show, to log and to store. */
  readonly url: string
  readonly canPush: boolean
  /** True when the remote can send less than the whole history; others ignore `depth` and send all of it. */
  readonly canShallow: boolean

  /** The remote's refs now. Throws `remote/*`. */
  listRefs(options?: TransferOptions): Promise<RemoteRefs>

  /**
   * Fetches objects. The pack is handed over as it arrives; the promise resolves when its last byte was
   * consumed. `onPack` may return a promise to slow the stream down. Throws `remote/*`.
   */
  fetch(request: FetchRequest): Promise<FetchResult>

  /** Pushes refs with the pack that they need. Never forces. Throws `remote/*`; refused refs are returned. */
  push(request: PushRequest): Promise<PushResult>
}

export interface TransferOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: TransferProgress) => void
}

export interface TransferProgress {
  readonly phase: 'connecting' | 'counting' | 'compressing' | 'receiving' | 'sending' | 'resolving'
  readonly loaded: number
  /** Absent when the remote does not say. */
  readonly total?: number
}

export interface RemoteRefs {
  /** Full names (`refs/heads/main`) without peeled entries. */
  readonly refs: ReadonlyMap<string, Oid>
  /** Peeled targets of annotated tags, where the remote tells. */
  readonly peeled: ReadonlyMap<string, Oid>
  /** What HEAD points to (`refs/heads/main`), or null when detached or unknown. */
  readonly head: string | null
  /** The commit of HEAD, also when it is detached; null when the remote does not tell. */
  readonly headOid: Oid | null
}

export interface FetchRequest extends TransferOptions {
  readonly wants: readonly Oid[]
  /** Commits that we have, best candidates first. */
  readonly haves: readonly Oid[]
  /** Our present shallow boundary. */
  readonly shallow: readonly Oid[]
  /** Commits to fetch from each want; 'infinite' asks for the complete history. Absent: as the boundary stands. */
  readonly depth?: number | 'infinite'
  readonly onPack: (chunk: Uint8Array) => void | Promise<void>
}

export interface FetchResult {
  readonly shallow: readonly Oid[]
  readonly unshallow: readonly Oid[]
}

export interface PushRequest extends TransferOptions {
  /** `oldOid` null creates the ref, `newOid` null deletes it. */
  readonly updates: readonly {
    readonly ref: string
    readonly oldOid: Oid | null
    readonly newOid: Oid | null
  }[]
  /**
   * The complete pack's bytes, in pieces; null when only refs are deleted. A promise may be given: the remote is
   * asked for its refs meanwhile. When it rejects, the push rejects with the same reason and has sent nothing.
   */
  readonly pack: readonly Uint8Array[] | Promise<readonly Uint8Array[]> | null
  /** Ask for all or nothing; refused with `remote/protocol` when the remote cannot. Default true with several updates. */
  readonly atomic?: boolean
}

export interface PushResult {
  readonly refs: readonly PushedRef[]
}

export type PushedRef =
  | { readonly ref: string; readonly status: 'ok' }
  /** The remote has moved on: pull first. */
  | { readonly ref: string; readonly status: 'diverged'; readonly reason: string }
  /** A hook, a protected branch or another rule of the host. */
  | { readonly ref: string; readonly status: 'refused'; readonly reason: string }

/** Asked when the remote needs credentials: `reason` says why, and that an earlier answer was refused. */
export type AuthCallback = (request: AuthRequest) => Promise<Credentials | null> | Credentials | null

export interface AuthRequest {
  readonly url: string
  readonly reason: 'required' | 'refused' | 'push'
}

export interface Credentials {
  readonly username: string
  readonly password: string
}
