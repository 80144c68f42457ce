import type { IncomingMessage, ServerResponse } from 'node:http'

/** The policy under which everything of ours must run (sent on every response, the worker's included). */
export declare const strictPolicy: string

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A handler of static files under `folder`. */
export declare function createStaticHandler(folder: string): Handler

/** Serves on the loopback address; takes `port`, or a free one when it is taken or 0. */
export declare function serve(options: {
  readonly port?: number
  readonly policy?: string
  /** Handlers by path prefix, asked before `fallback`. */
  readonly routes?: Readonly<Record<string, Handler>>
  readonly fallback: Handler
}): Promise<{ readonly url: string; close(): Promise<void> }>
