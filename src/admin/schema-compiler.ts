/** Validation: what stands in a URL is text and is converted, what stands in a body is not. */
import { Ajv } from 'ajv';
import type { AnySchema, ErrorObject, ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

// One error is enough to refuse, and collecting all lets a sender make us work.
const OPTIONS = { useDefaults: true, removeAdditional: false, allErrors: false, strict: true } as const;

/** A compiler over two Ajv instances; both fill in defaults. */
export function createSchemaCompiler(): FastifySchemaCompiler<AnySchema> {
  const bodies = new Ajv({ ...OPTIONS, coerceTypes: false });
  const texts = new Ajv({ ...OPTIONS, coerceTypes: true });
  return ({ schema, httpPart }) =>
    httpPart === 'body' ? bodies.compile(schema) : finite(texts.compile(schema));
}

/** `validate`, and no infinity: Ajv makes one of `1e999` and then leaves bounds out, which are for numbers. */
function finite(validate: ValidateFunction): (data: unknown) => boolean {
  const checked = (data: unknown): boolean => {
    checked.errors = null;
    if (!validate(data)) checked.errors = validate.errors ?? null;
    else checked.errors = infinities(data);
    return checked.errors === null;
  };
  checked.errors = null as Partial<ErrorObject>[] | null;
  return checked;
}

function infinities(data: unknown): Partial<ErrorObject>[] | null {
  const [first] = Object.entries(data ?? {}).filter(([, value]) => value === Infinity || value === -Infinity);
  return first === undefined ? null : [{ instancePath: `/${first[0]}`, message: 'must be a finite number' }];
}
