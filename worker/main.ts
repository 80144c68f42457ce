import { serve } from './index.ts'

// The prebuilt worker: the file that open() starts unless the app brings its own.
serve()
