/** Exact definitions only: no unit here has a rounded factor. */
export interface UnitFacts {
  /** CLDR's identifier, also the record's key. */
  readonly id: string
  readonly quantity: string
  readonly system: string
  /** How many of `base` one of it is. */
  readonly base: string | null
  readonly factor: number | null
}

// id, quantity, system, base, factor. Binary or decimal prefixes of bits and bytes are decimal (SI), as in CLDR.
const table = `
acre area imperial hectare 0.40468564224
bit information none - -
byte information none bit 8
celsius temperature si - -
centimeter length si meter 0.01
day duration none second 86400
degree angle none - -
fahrenheit temperature us - -
fluid-ounce volume us milliliter 29.5735295625
foot length imperial meter 0.3048
gallon volume us liter 3.785411784
gigabit information none bit 1000000000
gigabyte information none byte 1000000000
gram mass si kilogram 0.001
hectare area metric - -
hour duration none second 3600
inch length imperial meter 0.0254
kilobit information none bit 1000
kilobyte information none byte 1000
kilogram mass si - -
kilometer length si meter 1000
liter volume metric - -
megabit information none bit 1000000
megabyte information none byte 1000000
meter length si - -
microsecond duration si second 0.000001
mile length imperial meter 1609.344
mile-scandinavian length metric meter 10000
milliliter volume metric liter 0.001
millimeter length si meter 0.001
millisecond duration si second 0.001
minute duration none second 60
month duration none - -
nanosecond duration si second 1e-9
ounce mass imperial kilogram 0.028349523125
percent ratio none - -
petabyte information none byte 1000000000000000
pound mass imperial kilogram 0.45359237
second duration si - -
stone mass imperial kilogram 6.35029318
terabit information none bit 1000000000000
terabyte information none byte 1000000000000
week duration none second 604800
yard length imperial meter 0.9144
year duration none - -
`

export const unitFacts: readonly UnitFacts[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [id = '', quantity = '', system = '', base, factor] = line.split(' ')
    return {
      id,
      quantity,
      system,
      base: base === undefined || base === '-' ? null : base,
      factor: factor === undefined || factor === '-' ? null : Number(factor),
    }
  })
