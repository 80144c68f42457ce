import { expose } from 'comlink'
import { createEspalierPeer, options } from '../../database/peers/espalier.ts'
import { createWorkload } from '../../database/workload.ts'
import { connectInProcess } from '../../../src/client/connection.ts'
import { openOver } from '../../../src/open.ts'
import { createBrowserPlatform } from '../../../worker/engine/platform/browser-platform.ts'
import { createEngine } from '../../../worker/engine/engine.ts'
import { createParts } from '../../../worker/engine/platform/plugins.ts'
import { extras } from '../../../worker/extras.ts'
import { givenExtras } from '../../../worker/format/extras.ts'

/** Our engine and what asks it in one worker, as `espalier/node` runs it in one process. */
function openHere(url: string): ReturnType<typeof openOver<{ items: never }>> {
  const platform = { ...createBrowserPlatform(), answersStay: true }
  const engine = createEngine(platform, createParts(givenExtras(extras)))
  return openOver(connectInProcess(engine), url, options)
}

expose(createWorkload(() => createEspalierPeer(openHere)))
