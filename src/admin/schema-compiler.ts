/** Validation: what stands in a URL is text and is converted, what stands in a body is not. */
import { Ajv } from 'ajv';
import type { AnySchema } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';

// One error is enough to refuse, and collecting all lets a sender make us work.
const OPTIONS = { useDefaults: true, removeAdditional: false, allErrors: false, strict: true } as const;

/** A compiler over two Ajv instances; both fill in defaults. */
export function createSchemaCompiler(): FastifySchemaCompiler<AnySchema> {
  const bodies = new Ajv({ ...OPTIONS, coerceTypes: false });
  const texts = new Ajv({ ...OPTIONS, coerceTypes: true });
  return ({ schema, httpPart }) => (httpPart === 'body' ? bodies : texts).compile(schema);
}
