/** `data` of a request: parsed, and held against the type's schema. Gateways and shards read it alike. */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { failure } from './errors.ts';
import { fail, ok, type Result } from './result.ts';

/** Checks `data` of a request, which had `members` members in its text. */
export type ReadData = (data: unknown, members: number) => Result<unknown>;

/**
 * Compiles a reader for `schema`. It takes `data` as `JSON.parse` gave it (`{}` when it is absent) and its members as the
 * scanner counted them, and gives it back, or `bad_request` with one line about what is wrong.
 */
export function compileDataReader(schema: TSchema): ReadData {
  const validator = Compile(schema);
  return (data, members) => {
    // JSON.parse keeps the last of two members with one name; the scan counted both.
    if (isObject(data) && Object.keys(data).length !== members) {
      return fail(failure('bad_request', 'a field stands twice'));
    }
    if (validator.Check(data)) return ok(data);
    const [first] = validator.Errors(data);
    const problem = first === undefined ? 'data is not valid' : `data${first.instancePath}: ${first.message}`;
    return fail(failure('bad_request', problem));
  };
}

/** `data` of a whole frame, `{}` when it is absent; `bad_request` when the frame isn't JSON. */
export function parseData(frame: string): Result<unknown> {
  try {
    return ok((JSON.parse(frame) as { data?: unknown }).data ?? {});
  } catch {
    return fail(failure('bad_request', 'malformed JSON'));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
