import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** The repository of the examples, on a host that does not exist. */
export const exampleUrl = 'https://git.example.com/acme/reference-data.git'
/** Who the examples are where they need not say it. */
export const exampleCredentials = { username: 'ada', password: 'a-token' }

/** One example of the documentation, as it stands there. */
export interface Snippet {
  readonly name: string
  readonly language: string
  readonly code: string
}

/** Every example of the documentation that is a program. */
export const snippets: readonly Snippet[] = pages.flatMap((page) => {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```(js|tsx?)\n(.*?)^```/gms)]
  return blocks.map(([, language = '', code = ''], index) => {
    const name = `${page}, example ${index + 1}`
    return { name, language, code: language === 'tsx' ? `/** @jsxImportSource react */\n${code}` : code }
  })
})

/** The package's entries that the examples import, and the files of the source that they are. */
export const entries: Readonly<Record<string, string>> = {
  espalier: 'src/index.ts',
  'espalier/node': 'src/node.ts',
  'espalier/query': 'src/query.ts',
  'espalier/git': 'worker/git-face/index.ts',
  'espalier/worker': 'worker/index.ts',
  'espalier/ajv': 'worker/plugins/ajv.ts',
  'espalier/search': 'worker/plugins/search.ts',
  'espalier/vite': 'cli/vite-plugin.ts',
  ...Object.fromEntries(
    ['react', 'vue', 'svelte', 'preact', 'tanstack-db'].map((name) => [
      `espalier/${name}`,
      `src/bindings/${name}.ts`,
    ]),
  ),
}

/** An example that only shows a call on `db` stands on the example that opens one. */
export function opened(code: string): string {
  if (!/\bdb\b/.test(code) || /\bopen[<(]/.test(code)) return code
  return `import { open } from 'espalier'\nconst db = await open('${exampleUrl}', { auth: () => (${JSON.stringify(exampleCredentials)}) })\n${code}\nawait db.close()\n`
}
