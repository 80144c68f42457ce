import { readFile } from 'node:fs/promises'

/** Who holds a lock file: process ids come back after a reboot or in a new container, start times do not. */
export interface ProcessId {
  readonly pid: number
  /** Differs for each life of a process id; null where the platform does not tell. */
  readonly started: string | null
}

/** What the folder lock asks about processes. */
export interface Processes {
  self(): Promise<ProcessId>
  isAlive(id: ProcessId): Promise<boolean>
}

/** The processes of this machine. */
export const nodeProcesses: Processes = {
  self: async () => ({ pid: process.pid, started: await startOf(process.pid) }),
  async isAlive({ pid, started }) {
    try {
      process.kill(pid, 0) // signal 0 only asks
    } catch (error) {
      // EPERM: it lives, as another user.
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
    }
    const now = await startOf(pid)
    return started === null || now === null || now === started
  },
}

// proc(5): field 22 of /proc/<pid>/stat is the start time in clock ticks since boot. The second field is the
// command in parentheses and may hold spaces, so that fields are counted after the last `)`.
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    return String(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return null
  }
}
