// A worker that answers nothing: what a page shows with it comes from the page.
addEventListener('message', () => {})
