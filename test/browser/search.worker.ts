import { serve } from '../../worker/index.ts'
import { search } from '../../worker/plugins/search.ts'

// An app's own worker entry, as docs/queries.md shows it.
serve({ plugins: [search()] })
