import { startFromSmallProcess } from './start-from-small-process.ts'

startFromSmallProcess()
