import { serve } from '../../worker/index.ts'

// A worker that neither sends nor hears announcements: tabs must not depend on them.
class DeafChannel extends EventTarget {
  postMessage(): void {}
  close(): void {}
}
Object.assign(globalThis, { BroadcastChannel: DeafChannel })

serve()
