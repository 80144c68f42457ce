/** Where fields and functions of a builder keep what they stand for: symbols, so that no field's name can be one. */
export const expressionOf: unique symbol = Symbol.for('espalier.expression')
export const conditionOf: unique symbol = Symbol.for('espalier.condition')
