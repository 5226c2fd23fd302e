/** Built files, held in memory with the compressed forms that were built beside them: the chat page, the client. */
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** A file that is served. */
export interface Asset {
  readonly bytes: Buffer;
  readonly type: string;
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Whether its name changes with its content, so that it may be kept for ever. */
  readonly immutable: boolean;
  readonly compressed?: { readonly br: Buffer; readonly gzip: Buffer };
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.ts': 'application/typescript; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
// Vite puts the hash of the content behind the name.
const HASHED = /^assets\/.*-[\w-]{8}\.\w+$/;

/** Files by their path below their folder, with `/` between folders. */
export type Assets = ReadonlyMap<string, Asset>;

/** The file of this name with these bytes; one of a kind that isn't known is bytes to a browser. */
export function assetOf(path: string, bytes: Buffer): Asset {
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { bytes, type, etag, immutable: HASHED.test(path) };
}

/** Reads one file; rejects when it isn't there. */
export async function readAsset(directory: string, path: string): Promise<Asset> {
  const file = join(directory, path);
  const asset = assetOf(path, await readFile(file));
  const [br, gzip] = await Promise.all([builtBeside(file, '.br'), builtBeside(file, '.gz')]);
  return br === null || gzip === null ? asset : { ...asset, compressed: { br, gzip } };
}

/** A form of `file`; null when there is none, or it is of an earlier build. */
async function builtBeside(file: string, end: string): Promise<Buffer | null> {
  try {
    const [source, form] = await Promise.all([stat(file), stat(`${file}${end}`)]);
    return form.mtimeMs < source.mtimeMs ? null : await readFile(`${file}${end}`);
  } catch {
    return null;
  }
}

/** Reads the folder; none when it isn't there or lacks the file `main`. */
export async function readAssets(directory: string, main: string): Promise<Assets> {
  const assets = new Map<string, Asset>();
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile() || TYPES[extname(entry.name)] === undefined) continue;
    const path = relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/');
    assets.set(path, await readAsset(directory, path));
  }
  return assets.has(main) ? assets : new Map();
}
