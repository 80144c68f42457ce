/** A promise, and how to fulfil it. */
export interface Signal {
  readonly promise: Promise<void>
  readonly give: () => void
}

/** Lets one part of a test wait for another. */
export function signal(): Signal {
  let give = (): void => {}
  const promise = new Promise<void>((resolve) => {
    give = resolve
  })
  return { promise, give }
}
