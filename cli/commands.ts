import type { Command } from './command.ts'
import type { CommandSpec } from './command-spec.ts'
import { blame } from './specs/blame.ts'
import { completion } from './specs/completion.ts'
import { conflicts } from './specs/conflicts.ts'
import { describe } from './specs/describe.ts'
import { diff } from './specs/diff.ts'
import { history } from './specs/history.ts'
import { init } from './specs/init.ts'
import { log } from './specs/log.ts'
import { merge } from './specs/merge.ts'
import { mergeDriver } from './specs/merge-driver.ts'
import { schema } from './specs/schema.ts'
import { setup } from './specs/setup.ts'
import { types } from './specs/types.ts'
import { validate } from './specs/validate.ts'

/** A command: what is said of it, and what it does. */
export interface CommandEntry extends CommandSpec {
  /** Loaded when it runs: help and completion stay quick. */
  readonly load: () => Promise<Command>
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  { ...init, load: async () => (await import('./commands/init.ts')).init },
  { ...validate, load: async () => (await import('./commands/validate.ts')).validate },
  { ...types, load: async () => (await import('./commands/types.ts')).types },
  { ...describe, load: async () => (await import('./commands/describe.ts')).describe },
  { ...schema, load: async () => (await import('./commands/schema.ts')).schema },
  { ...diff, load: async () => (await import('./commands/diff.ts')).diff },
  { ...log, load: async () => (await import('./commands/log.ts')).log },
  { ...history, load: async () => (await import('./commands/history.ts')).history },
  { ...blame, load: async () => (await import('./commands/blame.ts')).blame },
  { ...merge, load: async () => (await import('./commands/merge.ts')).merge },
  { ...conflicts, load: async () => (await import('./commands/conflicts.ts')).conflicts },
  { ...setup, load: async () => (await import('./commands/setup.ts')).setup },
  { ...mergeDriver, load: async () => (await import('./commands/merge-driver.ts')).mergeDriver },
  { ...completion, load: async () => (await import('./commands/completion.ts')).completion },
]
