import { expose } from 'comlink'
import type { Engine } from '../src/protocol/engine.ts'
import { packReply } from '../src/protocol/wire-text.ts'

/** Answers the page that started this worker; many rows go as text. */
export function exposeEngine(engine: Engine): void {
  expose({
    ...engine,
    query: async (...call: Parameters<Engine['query']>) =>
      packReply(await engine.query(...call), ({ rows }) => rows),
    all: async (...call: Parameters<Engine['all']>) => packReply(await engine.all(...call), (rows) => rows),
    getMany: async (...call: Parameters<Engine['getMany']>) =>
      packReply(await engine.getMany(...call), (rows) => rows),
  })
}
