/** Does nothing: its process is what every page with a worker costs. */
globalThis.addEventListener('message', () => globalThis.postMessage('idle'))
