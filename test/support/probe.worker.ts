/** Tells whether this worker may evaluate text as code. */
function evalRefused(): boolean {
  try {
    return globalThis.Function('return false')() as boolean
  } catch {
    return true
  }
}

globalThis.postMessage(evalRefused())
