import { walkJson } from './json-walk.ts'

/** A part of a JSON text, `[offset, end)`. */
export interface JsonNode {
  readonly type: 'object' | 'array' | 'property' | 'scalar'
  readonly offset: number
  readonly end: number
  readonly parent: JsonNode | undefined
  /** Members of an object, items of a list; a property has its name and its value. */
  readonly children: readonly JsonNode[]
  /** Of a property. */
  readonly name?: string
}

interface OpenNode extends JsonNode {
  end: number
  readonly children: OpenNode[]
}

/** The parts of a JSON text; undefined when it is not JSON. */
export function parseJsonTree(text: string): JsonNode | undefined {
  const root: OpenNode = { type: 'array', offset: 0, end: text.length, parent: undefined, children: [] }
  let holder = root
  const add = (type: JsonNode['type'], offset: number, end: number, name?: string): OpenNode => {
    const parent = holder === root ? undefined : holder
    const node = { type, offset, end, parent, children: [], ...(name === undefined ? {} : { name }) }
    holder.children.push(node)
    return node
  }
  /** A value is the last part of its property. */
  const ended = (end: number): void => {
    if (holder.type !== 'property') return
    holder.end = end
    holder = holder.parent as OpenNode // a property stands in an object
  }
  const fault = walkJson(text, {
    open(offset, named) {
      holder = add(named ? 'object' : 'array', offset, offset)
    },
    close(end) {
      holder.end = end
      holder = (holder.parent as OpenNode | undefined) ?? root
      ended(end)
    },
    name(start, end) {
      holder = add('property', start, end, JSON.parse(text.slice(start, end)) as string) // text in quotes
      add('scalar', start, end)
    },
    scalar(start, end) {
      add('scalar', start, end)
      ended(end)
    },
  })
  return fault === undefined ? root.children[0] : undefined
}
