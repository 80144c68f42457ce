import { Buffer } from 'buffer/'

/**
 * What isomorphic-git and LightningFS expect around them and a module worker lacks: `Buffer`, and `global` for the text
 * encoder. Import this first, and use it: a bundler drops modules of this package that nothing uses.
 */
export const scope: object = Object.assign(globalThis, { Buffer, global: globalThis })
