/** One file of a commit that is made of files, not of working changes: a change of the schema, a replaced text. */
export type FileEdit =
  | { readonly path: string; readonly bytes: Uint8Array }
  | { readonly path: string; readonly delete: true }
  /** Moves the file's bytes: the blob is kept as it is. */
  | { readonly path: string; readonly from: string }
