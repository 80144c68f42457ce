// The part of PouchDB that the benchmark calls. Its published types redeclare Node's Buffer for the whole program.

declare module 'pouchdb-browser' {
  export interface StoredDocument {
    readonly _id: string
  }
  export type Answer = { readonly ok: true } | { readonly error: true }
  export interface Changes<Document> {
    on(event: 'change', listener: (change: { readonly doc?: Document }) => void): void
    cancel(): void
  }
  export interface PouchDatabase<Document extends StoredDocument> {
    createIndex(index: { readonly index: { readonly fields: readonly string[] } }): Promise<unknown>
    put(document: Document): Promise<unknown>
    bulkDocs(documents: readonly Document[]): Promise<readonly Answer[]>
    get(id: string): Promise<Document>
    allDocs(options: {
      readonly include_docs: true
      readonly keys?: readonly string[]
    }): Promise<{ readonly rows: readonly { readonly doc?: Document | null }[] }>
    find(query: {
      readonly selector: object
      readonly sort?: readonly string[]
      readonly limit?: number
      readonly fields?: readonly string[]
    }): Promise<{ readonly docs: readonly Document[] }>
    changes(options: {
      readonly since: 'now'
      readonly live: true
      readonly include_docs: true
    }): Changes<Document>
    close(): Promise<void>
  }
  const PouchDB: {
    new <Document extends StoredDocument>(name: string): PouchDatabase<Document>
    plugin(plugin: unknown): void
  }
  export default PouchDB
}

declare module 'pouchdb-find' {
  const plugin: unknown
  export default plugin
}
