import { createBrowserPlatform } from './engine/platform/browser-platform.ts'
import { createEngine } from './engine/engine.ts'
import { createParts } from './engine/platform/plugins.ts'
import { importExtras } from './import-extras.ts'
import { exposeEngine } from './expose-engine.ts'

// The prebuilt worker: the file that open() starts unless the app brings its own.
exposeEngine(createEngine(createBrowserPlatform(), createParts(importExtras())))
