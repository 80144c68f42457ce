/** The version in package.json; a test compares them. */
export const libraryVersion = '0.1.0'
