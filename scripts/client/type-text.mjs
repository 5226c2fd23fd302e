/** Types as text that needs no other declaration. */
import ts from 'typescript';

const { TypeFlags, SymbolFlags } = ts;
const WRITTEN = [
  [TypeFlags.String, 'string'],
  [TypeFlags.Number, 'number'],
  [TypeFlags.Boolean, 'boolean'],
  [TypeFlags.Unknown, 'unknown'],
  [TypeFlags.Null, 'null'],
  [TypeFlags.Undefined, 'undefined'],
  [TypeFlags.Never, 'never'],
  [TypeFlags.NonPrimitive, 'object'],
];

/**
 * Writes `type` out in full, as far as a wire schema goes: literals, unions, arrays, tuples, objects and records.
 * Throws for anything else, so that nothing gets lost unnoticed.
 */
export function typeText(checker, type) {
  const known = WRITTEN.find(([flag]) => type.flags & flag);
  if (known !== undefined) return known[1];
  if (type.isStringLiteral()) return quoted(type.value);
  if (type.isNumberLiteral()) return String(type.value);
  if (type.flags & TypeFlags.BooleanLiteral) return checker.typeToString(type);
  if (type.isUnion()) return unionText(checker, type.types);
  if (checker.isTupleType(type)) {
    return `readonly [${checker
      .getTypeArguments(type)
      .map((element) => typeText(checker, element))
      .join(', ')}]`;
  }
  if (checker.isArrayType(type))
    return `readonly (${typeText(checker, checker.getTypeArguments(type)[0])})[]`;
  if (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) return objectText(checker, type);
  throw new Error(`a client's declaration can't hold the type ${checker.typeToString(type)}`);
}

/** The members of an object type, one a line, without the braces. */
export function memberLines(checker, type) {
  if (type.getCallSignatures().length > 0) {
    throw new Error(`a client's declaration can't hold the function ${checker.typeToString(type)}`);
  }
  // TypeBox tells them in no order that stays.
  const sorted = checker.getPropertiesOfType(type).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const properties = sorted.map((property) => {
    const optional = (property.flags & SymbolFlags.Optional) !== 0;
    const text = propertyText(checker, checker.getTypeOfSymbol(property), optional);
    return `readonly ${keyText(property.name)}${optional ? '?' : ''}: ${text};`;
  });
  const indexes = checker
    .getIndexInfosOfType(type)
    .map(
      ({ keyType, type: value }) =>
        `readonly [key: ${typeText(checker, keyType)}]: ${typeText(checker, value)};`,
    );
  return [...properties, ...indexes];
}

function objectText(checker, type) {
  const lines = memberLines(checker, type);
  return lines.length === 0 ? '{}' : `{ ${lines.join(' ')} }`;
}

/** An optional member may as well be given as undefined: JSON leaves it out. */
function propertyText(checker, type, optional) {
  if (!optional || !type.isUnion())
    return optional ? `${typeText(checker, type)} | undefined` : typeText(checker, type);
  const given = type.types.filter((member) => !(member.flags & TypeFlags.Undefined));
  return `${unionText(checker, given)} | undefined`;
}

function unionText(checker, types) {
  const texts = types.map((member) => typeText(checker, member));
  // TypeScript sees `boolean` as a union of two literals.
  const whole = texts.includes('true') && texts.includes('false');
  const kept = whole ? [...texts.filter((text) => text !== 'true' && text !== 'false'), 'boolean'] : texts;
  return kept.join(' | ');
}

function keyText(name) {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text) {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
