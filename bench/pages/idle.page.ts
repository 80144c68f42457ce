const worker = new Worker(new URL('./idle.worker.ts', import.meta.url), { type: 'module' })

const idle = {
  /** Resolves when the worker runs. */
  ready: (): Promise<void> =>
    new Promise((resolve) => {
      worker.addEventListener('message', () => resolve(), { once: true })
      worker.postMessage('ready?')
    }),
}

Object.assign(globalThis, { idle })
export type Idle = typeof idle
