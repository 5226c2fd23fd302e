/** Entry of the job pool: stateless work that would block an event loop. One exported function a job. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Compresses at the highest level, for files that are compressed once and served often. */
export async function compress(
  bytes: Uint8Array,
): Promise<{ readonly br: Uint8Array; readonly gzip: Uint8Array }> {
  const [br, gzipped] = await Promise.all([
    brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
    zip(bytes, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  return { br, gzip: gzipped };
}
