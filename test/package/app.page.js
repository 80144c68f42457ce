// An app as its author would write it, against the built package: the bundler must find the prebuilt files by itself.
import { open } from '../../dist/src/index.js'

globalThis.openBundle = async (name) => {
  const bundle = new Uint8Array(await (await fetch(`./${name}.bundle`)).arrayBuffer())
  return open(`https://git.example.com/${name}.git`, { bundle })
}
