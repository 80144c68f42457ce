import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { oidBytes } from './oid.ts'
import { createOidSet } from './oid-set.ts'

describe('a set of raw ids', () => {
  it('holds what was added and nothing else, however many', () => {
    const count = 1500
    const bytes = randomBytes((count + 1000) * oidBytes)
    const set = createOidSet()
    for (let i = 0; i < count; i++) {
      expect(set.has(bytes, i * oidBytes)).toBe(false)
      expect(set.add(bytes, i * oidBytes)).toBe(true)
    }
    expect(set.size).toBe(count)
    for (let i = 0; i < count; i++) {
      expect(set.has(bytes, i * oidBytes)).toBe(true)
      expect(set.add(bytes.slice(i * oidBytes), 0)).toBe(false)
    }
    for (let i = count; i < count + 1000; i++) expect(set.has(bytes, i * oidBytes)).toBe(false)
  })

  it('tells ids apart that share a hash', () => {
    const set = createOidSet()
    const bytes = new Uint8Array(300 * oidBytes)
    for (let i = 0; i < 300; i++) {
      bytes[i * oidBytes] = i & 255
      bytes[i * oidBytes + 19] = i >> 8
      expect(set.add(bytes, i * oidBytes)).toBe(true)
    }
    for (let i = 0; i < 300; i++) expect(set.add(bytes, i * oidBytes)).toBe(false)
    expect(set.size).toBe(300)
  })
})
