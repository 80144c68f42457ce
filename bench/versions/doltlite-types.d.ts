// The part of DoltLite that the benchmark calls; the package has no types.

declare module '@dolthub/doltlite-wasm' {
  interface Statement {
    bind(values: readonly unknown[]): this
    stepReset(): this
    finalize(): void
  }
  interface DoltLiteDatabase {
    exec(sql: string): unknown
    prepare(sql: string): Statement
    selectValue(sql: string): unknown
  }
  export function sqlite3InitModule(): Promise<{
    readonly oo1: { readonly DB: new (name: string) => DoltLiteDatabase }
  }>
}
