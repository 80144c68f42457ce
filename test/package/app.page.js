// An app as its author would write it, against the built package: the bundler must find the prebuilt worker by itself.
import { open } from '../../dist/src/index.js'

globalThis.readIreland = async () => {
  const bundle = new Uint8Array(await (await fetch('./sample.bundle')).arrayBuffer())
  const db = await open('https://git.example.com/sample.git', { bundle })
  const ireland = await db.collection('geo.countries').get('ie')
  await db.close()
  return ireland
}
