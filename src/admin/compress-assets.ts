/** Compressed forms of files that nobody builds, made when they are first asked for. */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Asset, Assets } from './page-assets.ts';

// Both run on the process's helper threads.
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Higher ones take ten times as long for a tenth less. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/** The same files, each with its compressed forms where it is worth it. */
export async function compressAssets(assets: Assets): Promise<Assets> {
  return new Map(
    await Promise.all(
      [...assets].map(async ([path, asset]): Promise<[string, Asset]> => {
        const [br, zipped] = await Promise.all([brotli(asset.bytes, QUALITY), zip(asset.bytes)]);
        return [
          path,
          zipped.length < asset.bytes.length ? { ...asset, compressed: { br, gzip: zipped } } : asset,
        ];
      }),
    ),
  );
}
