/** `data` of a request: parsed, and held against the type's schema. Gateways and shards read it alike. */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { failure } from './errors.ts';
import { fail, ok, type Result } from './result.ts';

/** Reads the `data` of a whole request. */
export type ReadData = (frame: string, members: number) => Result<unknown>;

/**
 * Compiles a reader for `schema`. It takes the frame's text and the members of `data` as the scanner counted them, and
 * gives `data` (`{}` when it is absent), or `bad_request` with one line about what is wrong.
 */
export function compileDataReader(schema: TSchema): ReadData {
  const validator = Compile(schema);
  return (frame, members) => {
    let data: unknown;
    try {
      data = (JSON.parse(frame) as { data?: unknown }).data ?? {};
    } catch {
      return fail(failure('bad_request', 'malformed JSON'));
    }
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
