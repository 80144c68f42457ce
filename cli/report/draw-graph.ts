import type { CommitGraph } from '../../src/protocol/history.ts'

/** What stands in front of a commit's line, and the line below it where lines part or meet ('' for none). */
export interface GraphRow {
  readonly commit: string
  readonly below: string
}

/** Draws the graph of a log, commit by commit. */
export function createGraphDrawing(): (graph: CommitGraph) => GraphRow {
  let open = new Set<number>()
  return ({ lane, parentLanes }) => {
    const commit = row(new Set([...open, lane]), (column) => (column === lane ? '*' : '|'))
    const next = new Set([...open, ...parentLanes])
    if (!parentLanes.includes(lane)) next.delete(lane)
    const bends = new Map<number, string>()
    for (const to of parentLanes) {
      if (to > lane) bends.set(2 * to - 1, '\\')
      else if (to < lane) bends.set(2 * lane - 1, '/')
    }
    // A column that opens here has no line of its own yet.
    const going = new Set([...next].filter((column) => open.has(column) || column === lane))
    open = next
    if (bends.size === 0) return { commit, below: '' }
    const width = Math.max(...going, 0, ...[...bends.keys()].map((at) => Math.floor(at / 2))) + 1
    const cells = Array.from({ length: 2 * width }, (_, at) =>
      at % 2 === 1 ? (bends.get(at) ?? ' ') : going.has(at / 2) ? '|' : ' ',
    )
    return { commit, below: cells.join('').trimEnd() }
  }
}

function row(columns: ReadonlySet<number>, sign: (column: number) => string): string {
  const width = Math.max(...columns) + 1
  return Array.from({ length: width }, (_, column) => (columns.has(column) ? sign(column) : ' ')).join(' ')
}
