/** What is measured; the bars name them too. */
export const mergeOf500 = 'merge of 500 + 500 changes'
export const mergeOf1 = 'merge of 1 + 1 changes'
export const diffOfThousand = 'diff of 1,000 records'
export const recordHistory = 'history of one record in 5,000 commits'
