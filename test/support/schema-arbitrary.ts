/** Values that fit a JSON Schema, values that almost do, and values that nobody expects. */
import fc from 'fast-check';
import type { Schema } from './described-operations.ts';

interface Keywords {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

/** Looks a component up by its reference. */
export type Resolve = (ref: string) => Schema;

/** Strings that programs trip over. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 300 }),
  fc.constantFrom(
    ...['', ' ', '\0', 'a\0b', '\u001f', '\ud800', '\udc00x', '\ufeff', '\u202e', '\ufdfa'.repeat(9)],
    ...[
      '__proto__',
      'constructor',
      'null',
      'NaN',
      '-0',
      '1e999',
      '0x10',
      '%',
      '%00',
      '../..',
      '/',
      '\\',
      '?#&=',
    ],
    ...[
      "'; drop table names; --",
      '$1',
      '{{7*7}}',
      '${x}',
      '<script>',
      '\r\nX-Injected: 1',
      'x'.repeat(5_000),
    ],
  ),
);

const nested = (depth: number): unknown => {
  let value: unknown = [];
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Any JSON, and more of what hurts: own `__proto__`, deep nesting, numbers at the edges. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    ...[0, -0, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 2 ** 63, 2 ** 64],
    ...[null, true, false, [], {}, [[]], [null], nested(50), nested(2_000)],
    ...[
      JSON.parse('{"__proto__":{"admin":true}}') as unknown,
      { constructor: { prototype: { admin: true } } },
    ],
  ),
);

/** Values that fit `schema`. */
export function fitting(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  if (typeof schema === 'boolean') return fc.jsonValue({ maxDepth: 2 });
  const keywords = schema as Keywords;
  if (keywords.$ref !== undefined) return fitting(resolve(keywords.$ref), resolve);
  if ('const' in keywords) return fc.constant(keywords.const);
  if (keywords.enum !== undefined) return fc.constantFrom(...keywords.enum);
  const choices = keywords.anyOf ?? keywords.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => fitting(choice, resolve)));
  const types = keywords.type === undefined ? ['any'] : [keywords.type].flat();
  return fc.oneof(...types.map((type) => ofType(type, keywords, resolve)));
}

function ofType(type: string, keywords: Keywords, resolve: Resolve): fc.Arbitrary<unknown> {
  const { minimum = -1_000, maximum = 1_000 } = keywords;
  switch (type) {
    case 'string':
      return text(keywords);
    case 'integer':
      return fc.integer({ min: Math.ceil(minimum), max: Math.min(Math.floor(maximum), 2 ** 31 - 1) });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fitting(keywords.items ?? true, resolve), {
        minLength: keywords.minItems ?? 0,
        maxLength: keywords.maxItems ?? 4,
      });
    case 'object':
      return object(keywords, resolve);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function text({ pattern, minLength = 0, maxLength = 40 }: Keywords): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const bounds = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) };
  return fc.oneof(fc.string({ ...bounds, unit: 'grapheme' }), fc.string(bounds));
}

function object(keywords: Keywords, resolve: Resolve): fc.Arbitrary<Record<string, unknown>> {
  const { properties = {}, required = [], patternProperties = {} } = keywords;
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fitting(schema, resolve)])),
    { requiredKeys: [...required] },
  );
  const [matching] = Object.entries(patternProperties);
  if (matching === undefined) return named;
  const [pattern, schema] = matching;
  const rest = fc.dictionary(fc.stringMatching(new RegExp(pattern)), fitting(schema, resolve), {
    maxKeys: 3,
  });
  return fc.tuple(rest, named).map(([others, own]) => ({ ...others, ...own }));
}

/** Values that fit but for one thing: a property gone, changed or added, or the whole in another shape. */
export function almostFitting(schema: Schema, resolve: Resolve): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      fitting(schema, resolve),
      fc.nat(),
      hostileValue,
      hostileText,
      fc.constantFrom('drop', 'change', 'add', 'wrap'),
    )
    .map(([value, place, other, name, how]) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return other;
      if (how === 'wrap') return [value];
      const entries = Object.entries(value);
      if (how === 'add' || entries.length === 0) return Object.fromEntries([...entries, [name, other]]);
      const at = place % entries.length;
      const [key = ''] = entries[at] ?? [];
      return Object.fromEntries(
        entries.toSpliced(at, 1, ...(how === 'drop' ? [] : [[key, other] as [string, unknown]])),
      );
    });
}
