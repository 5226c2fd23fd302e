/** A password from standard input. */
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';

/** More can't be a password, bytes. */
const MAX_BYTES = 4_096;

/** All of `input` up to its end, without the line break behind it; `bad_request` when it can't be a password. */
export async function readPassword(input: AsyncIterable<Uint8Array | string>): Promise<Result<string>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_BYTES) return fail(failure('bad_request', 'Standard input is too long for a password.'));
    chunks.push(buffer);
  }
  const text = Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  return text.includes('\n')
    ? fail(failure('bad_request', 'Standard input has more than one line: a password is one.'))
    : ok(text);
}
