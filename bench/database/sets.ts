/** `worker`: the peer and what asks it are in one worker. `page`: as its users run it, asked from the page. */
export type Column = 'worker' | 'page'

const columns: Readonly<Record<Column, string>> = { worker: 'in a worker', page: 'end to end' }

/** What the names of all sets of the section have in common. */
const prefix = 'database '

/** The name under which the figures of a size and a column are kept. */
export function databaseSet(size: string, column: Column): string {
  return `${prefix}${size}, ${columns[column]}`
}

export function isDatabaseSet(dataset: string): boolean {
  return dataset.startsWith(prefix)
}
