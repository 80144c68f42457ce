#!/usr/bin/env node
import { text } from 'node:stream/consumers'
import { run } from './run.ts'

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  isTerminal: process.stdout.isTTY,
  out: (output) => void process.stdout.write(output),
  err: (output) => void process.stderr.write(output),
  readInput: () => text(process.stdin),
})
