import { render } from 'preact'
import { App } from './components/App.tsx'
import { startRouting } from './state/navigation.ts'

const root = document.querySelector('#app')
if (root !== null) render(<App />, root)
startRouting()
