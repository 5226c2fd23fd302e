/** The forms in which built text is served to who takes it compressed: made once, when it is built. */
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Smaller files gain nothing. */
const MIN_BYTES = 512;
const TEXT = /\.(?:html|js|css|json|map|ts|webmanifest|txt|svg)$/;

/** Files to write beside `name`, by what is put behind its name; none where it gains nothing. */
export function compressedForms(name, bytes) {
  if (!TEXT.test(name) || bytes.length < MIN_BYTES) return {};
  const gzip = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  if (gzip.length >= bytes.length) return {};
  const br = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  });
  return { '.br': br, '.gz': gzip };
}
