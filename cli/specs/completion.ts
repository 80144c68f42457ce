import type { CommandSpec } from '../command-spec.ts'

/** `espalier completion` */
export const completion: CommandSpec = {
  name: 'completion',
  summary: 'Print a completion script for a shell.',
  arguments: [{ name: 'shell', required: true, choices: ['bash', 'zsh', 'fish'], summary: 'Which shell.' }],
  options: [],
  examples: [
    'source <(espalier completion bash)',
    'espalier completion fish > ~/.config/fish/completions/espalier.fish',
  ],
}
