/**
 * Every error code, in `area/what` form. Codes are stable: an app may compare them. A union of literals, so
 * that the list costs an app no bytes.
 */
export type ErrorCode =
  // --- storage: durable bytes ---
  /** The browser or disk has no room: nothing was written, and what was there stays readable. */
  | 'storage/quota'
  /** The storage could not be opened or answered with an unknown failure; reopening may help. */
  | 'storage/unavailable'
  /** The store holds a newer format version than this library knows. */
  | 'storage/newer-format'
  /**
   * Stored bytes are damaged (a row or a segment is missing or has the wrong length). As a warning: the browser itself
   * found damage and emptied its storage; the database was cloned anew.
   */
  | 'storage/corrupt'
  /** A warning: the browser removed what was stored, or somebody cleared it; the database was cloned anew. */
  | 'storage/evicted'
  /** Another process holds this folder (Node). */
  | 'storage/locked'
  /** The database was closed; open it again. */
  | 'storage/closed'
  // --- git: objects, packs, refs ---
  /** The object is in no pack of this repository. */
  | 'git/object-missing'
  /** The object lies behind the shallow boundary and could not be fetched (for example offline). */
  | 'git/history-missing'
  /** A commit, tree or tag does not parse. */
  | 'git/object-corrupt'
  /** An object has another type than was asked for. */
  | 'git/object-type'
  /** A pack is truncated, damaged or hostile; nothing of it was kept. */
  | 'git/pack-corrupt'
  /** Two different contents under one object id. */
  | 'git/hash-collision'
  /** The repository uses SHA-256 object ids. */
  | 'git/sha256-unsupported'
  /** A ref name or object id is not valid. */
  | 'git/bad-ref-name'
  /** The branch, tag or commit was not found. */
  | 'git/ref-missing'
  /** Two commits share no history; `data.one` and `data.other` name them. */
  | 'git/no-merge-base'
  /** The ref exists already, or one that it could not stand beside (`a` and `a/b`). */
  | 'git/ref-exists'
  /** The branch is protected here (`branches.protect`): it takes only what `pull` brings. */
  | 'git/branch-protected'
  /** The ref moved while the operation ran; nothing was written. */
  | 'git/ref-moved'
  /** The work tree or the index has changes that are in the way (command line); nothing was written. */
  | 'git/uncommitted-changes'
  /** A tree holds a path that is unsafe or that no file system can hold. */
  | 'git/unsafe-path'
  /** A path edit does not fit the tree (a file where a folder is needed, for example). */
  | 'git/path-conflict'
  /** The repository uses a feature that is not supported, named in `data.feature`. */
  | 'git/unsupported'
  // --- remote: transports ---
  /** The network failed, or the host does not allow browsers (CORS). */
  | 'remote/network'
  /** The host is known to refuse git over HTTPS from browsers; `data.instead` names what works. */
  | 'remote/host-refuses-browsers'
  /** 401: the credentials are missing or wrong. */
  | 'remote/unauthorized'
  /** 403: the credentials do not allow this. */
  | 'remote/forbidden'
  /** 404: no repository at this address (or it is hidden without credentials). */
  | 'remote/not-found'
  /** 413: the push is larger than the host allows. */
  | 'remote/too-large'
  /** 429: too many requests; `data.retryAfterSeconds` when the host said it. */
  | 'remote/rate-limited'
  /** 5xx: the host failed. */
  | 'remote/server-error'
  /** The answer is not git (an HTML page, for example) or breaks the protocol. */
  | 'remote/protocol'
  /** The host ended the transfer early; nothing was kept. */
  | 'remote/truncated'
  /** Too many redirects, or one to a place where credentials must not go. */
  | 'remote/redirect'
  /** The app's signal aborted the operation. */
  | 'remote/aborted'
  /** This remote is read-only (a bundle or static files). */
  | 'remote/read-only'
  /** The remote repository has no commit yet. */
  | 'remote/empty'
  /** The URL is not one that Espalier can open. */
  | 'remote/bad-url'
  // --- format: inGitDB ---
  /** The repository is not an inGitDB database. */
  | 'format/not-a-database'
  /** The database uses the legacy layout (`.ingitdb.yaml`). */
  | 'format/legacy-layout'
  /** A settings, registry or definition file does not parse or breaks a rule. */
  | 'format/bad-definition'
  /** A record file does not parse. */
  | 'format/bad-record'
  /** The collection's file format is not readable yet. */
  | 'format/not-readable-yet'
  /** An edit cannot be made without risk to the rest of the file (anchors, duplicate keys …). */
  | 'format/edit-refused'
  /** The collection is read-only: an inferred one, a format that is only read, or a file that is too large to edit. */
  | 'format/read-only'
  // --- record: collections, records and keys ---
  /** No collection has this id. */
  | 'record/collection-missing'
  /** No record has this key. */
  | 'record/missing'
  /** A record with this key exists already. */
  | 'record/exists'
  /** The key is not allowed (empty, `.`, control characters, too long, a twin by case …). */
  | 'record/bad-key'
  /** The value is not one a record may hold. */
  | 'record/bad-value'
  /** The value breaks rules of its collection; `data.issues` lists them all. */
  | 'record/invalid'
  /** Other records refer to this one (`data.issues`); update them, or delete with `references: 'cascade'` or `'set-null'`. */
  | 'record/referenced'
  /** The record changed since it was read (`ifMatch`). */
  | 'record/changed'
  // --- merges ---
  /** No choice, or one that does not fit the conflict: both sides of one value, or a record that is no object. */
  | 'merge/bad-choice'
  /** The branch is in another merge, or in one of other options: commit or abort that first. */
  | 'merge/in-progress'
  /** The branch is in no merge: it was committed or aborted, maybe in another tab. */
  | 'merge/not-started'
  /** The merge has no conflict of this id (any more). */
  | 'merge/unknown-conflict'
  /** A file in conflict was edited by hand since the merge (command line); nothing was written. */
  | 'merge/edited-file'
  // --- query ---
  /** The query is not valid (unknown operator, wrong operand, unknown alias …); the message names the part. */
  | 'query/invalid'
  /** The collection declares its columns and has none of this name; `data.near` lists names that are close. */
  | 'query/unknown-column'
  /** The operand's type can never match the column's: a number compared with text, `contains` on a list … */
  | 'query/bad-operand'
  /** The cursor is damaged or comes from another query or list: begin at the first page. */
  | 'query/bad-cursor'
  /** Full text search needs the plug-in `espalier/search`. */
  | 'query/search-missing'
  /** The query would read or pair more rows than one query may; narrow it. */
  | 'query/too-large'
  // --- schema: changes of definitions ---
  /** The change cannot be made; `data.issues` says what would break. */
  | 'schema/refused'
  /** The collection has working changes: commit or discard them first. */
  | 'schema/working-changes'
  // --- engine ---
  /** This handle cannot be written (a commit, a tag). */
  | 'engine/read-only'
  /** There is nothing to commit. */
  | 'engine/nothing-to-commit'
  /** The option or argument is not valid; the message names it. */
  | 'engine/bad-argument'
  /** The handle or database was closed. */
  | 'engine/closed'
  /** The operation lost against other writers too often; try again. */
  | 'engine/busy'
  /** The app's signal aborted the transaction; nothing was written. */
  | 'engine/aborted'
  /** Something failed that should not have; please report it. */
  | 'engine/internal'
  // --- client: the main thread ---
  /** The worker did not start; the message names the fix for the bundler. */
  | 'client/worker-failed'
  /** The worker's second file could not be loaded: offline and not cached, or not copied by the bundler. */
  | 'client/extras-failed'
  /** There is no Worker or IndexedDB here (server-side rendering). */
  | 'client/unsupported'
  /** A component asks for the database of a provider, and there is none above it. Wrap the app in one. */
  | 'client/no-database'
