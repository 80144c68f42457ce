import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Folders as each stored-format version wrote them, byte for byte. Every one must open for ever: never change one,
 * add one per version.
 */
export const nodeFixtures: readonly ((folder: string) => Promise<void>)[] = [writeVersion1]

/** A checkpoint of three batches, and one batch after it. */
async function writeVersion1(folder: string): Promise<void> {
  const put = async (path: string, base64: string): Promise<void> =>
    writeFile(join(folder, path), Buffer.from(base64, 'base64'))
  await mkdir(join(folder, 'log'), { recursive: true })
  await mkdir(join(folder, 'segments'))
  await put('segments/6c61726765.0', 'AQI=')
  await put('segments/6c61726765.1', 'Aw==')
  await put('log/000000000003.checkpoint', version1.checkpoint)
  await put('log/000000000004.batch', version1.batch)
}

const version1 = {
  checkpoint:
    'RVNQTAAAAAEcSKQo/w9vIgVlcG9jaEkOIgVwYWNrczsiBWxhcmdlbyICaWQiBWxhcmdlIglzaXplQnl0ZXNJBiIFaW5kZXhcAQEJ' +
    'IgZpbmxpbmUwIgxzZWdtZW50Qnl0ZXNJBCIMc2VnbWVudENvdW50SQR7BjoCIgRyZWZzOyIPcmVmcy9oZWFkcy9nb25lbyIEbmFt' +
    'ZSIPcmVmcy9oZWFkcy9nb25lIgV2YWx1ZTAiB3ZlcnNpb25JBHsDIg9yZWZzL2hlYWRzL21haW5vIgRuYW1lIg9yZWZzL2hlYWRz' +
    'L21haW4iBXZhbHVlIgNvbGQiB3ZlcnNpb25JBHsDOgQiB2pvdXJuYWw7Ig9yZWZzL2hlYWRzL21haW5BAW8iBXNjb3BlIg9yZWZz' +
    'L2hlYWRzL21haW4iA3NlcUkIIgVlbnRyeSIFc3BlbnR7AyQAAToCIgtqb3VybmFsU2VxczsiD3JlZnMvaGVhZHMvbWFpbkkIOgIi' +
    'BnJlZmxvZzs6ACIKcmVmbG9nU2Vxczs6ACIEbWV0YTs6AHsI',
  batch:
    'RVNQTAAAAAFTmPH3/w9vIgdjaGFuZ2VzQQdvIgRraW5kIgdwdXRQYWNrIgNyb3dvIgJpZCIFc21hbGwiCXNpemVCeXRlc0kEIgVp' +
    'bmRleFwBAQgiBmlubGluZVwBAgECIgxzZWdtZW50Qnl0ZXNJACIMc2VnbWVudENvdW50SQB7BnsCbyIEa2luZCIGcHV0UmVmIgNy' +
    'b3dvIgRuYW1lIgRIRUFEIgV2YWx1ZSIUcmVmOiByZWZzL2hlYWRzL21haW4iB3ZlcnNpb25JAnsDewJvIgRraW5kIgZwdXRSZWYi' +
    'A3Jvd28iBG5hbWUiD3JlZnMvaGVhZHMvbWFpbiIFdmFsdWUiA2FiYyIHdmVyc2lvbkkGewN7Am8iBGtpbmQiBHRyaW0iA2xvZyIH' +
    'am91cm5hbCIFc2NvcGUiD3JlZnMvaGVhZHMvbWFpbiIHdGhyb3VnaEkIewRvIgRraW5kIgZhcHBlbmQiA2xvZyIHam91cm5hbCID' +
    'cm93byIFc2NvcGUiD3JlZnMvaGVhZHMvbWFpbiIDc2VxSQoiBWVudHJ5byIDb3BzQQFJAiQAAXsBewN7A28iBGtpbmQiBmFwcGVu' +
    'ZCIDbG9nIgZyZWZsb2ciA3Jvd28iBXNjb3BlIgRIRUFEIgNzZXFJAiIFZW50cnkiBG1hZGV7A3sDbyIEa2luZCIHcHV0TWV0YSID' +
    'a2V5IgZyZW1vdGUiBXZhbHVlbyIDdXJsIglodHRwczovL3h7AXsDJAAHewE=',
}
