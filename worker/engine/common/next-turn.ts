/**
 * Waits until what has come meanwhile is done: calls of the page, answers of the storage. Long work that awaits this
 * between its steps keeps nobody waiting, and costs itself a twentieth of a millisecond each time (a timer would be
 * held back by browsers after a few).
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(null)
  })
}
