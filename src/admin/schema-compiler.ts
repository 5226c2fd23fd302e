/** Validation: what stands in a URL is text and is converted, what stands in a body is not. */
import { Ajv } from 'ajv';
import type { AnySchema, ErrorObject, ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

// One error is enough to refuse, and collecting all lets a sender make us work.
const OPTIONS = { useDefaults: true, removeAdditional: false, allErrors: false, strict: true } as const;

/** A compiler over two Ajv instances; both fill in defaults. A schema is compiled with the first request that needs it. */
export function createSchemaCompiler(): FastifySchemaCompiler<AnySchema> {
  const bodies = new Ajv({ ...OPTIONS, coerceTypes: false });
  const texts = new Ajv({ ...OPTIONS, coerceTypes: true });
  return ({ schema, httpPart }) =>
    httpPart === 'body'
      ? checked(() => bodies.compile(schema))
      : // Ajv makes an infinity of `1e999` and then leaves bounds out, which are for numbers.
        checked(() => texts.compile(schema), infinities);
}

/** What `compile` makes, and then `further`. */
function checked(
  compile: () => ValidateFunction,
  further: (data: unknown) => Partial<ErrorObject>[] | null = () => null,
): (data: unknown) => boolean {
  let validate: ValidateFunction | undefined;
  const check = (data: unknown): boolean => {
    validate ??= compile();
    check.errors = validate(data) ? further(data) : (validate.errors ?? null);
    return check.errors === null;
  };
  check.errors = null as Partial<ErrorObject>[] | null;
  return check;
}

function infinities(data: unknown): Partial<ErrorObject>[] | null {
  const [first] = Object.entries(data ?? {}).filter(([, value]) => value === Infinity || value === -Infinity);
  return first === undefined ? null : [{ instancePath: `/${first[0]}`, message: 'must be a finite number' }];
}
