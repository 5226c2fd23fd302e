import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compressedForms } from '../../scripts/compressed-forms.mjs';
import { originAllowed } from '../../src/auth/origin.ts';
import type { TestHttp } from '../support/http.ts';
import { testHttp } from '../support/http.ts';

const SCRIPT = `export const text = ${JSON.stringify('hello '.repeat(500))};`;
const ALLOWED = 'https://shop.example';

let directory: string;
let open: TestHttp | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'client-'));
});
afterEach(async () => {
  await open?.app.close();
  open = undefined;
  await rm(directory, { recursive: true });
});

async function build(): Promise<void> {
  await mkdir(join(directory, 'inner'));
  await writeFile(join(directory, 'client.js'), SCRIPT);
  for (const [end, bytes] of Object.entries(compressedForms('client.js', Buffer.from(SCRIPT)))) {
    await writeFile(join(directory, `client.js${end}`), bytes);
  }
  await writeFile(join(directory, 'client.js.map'), '{"version":3}');
  await writeFile(join(directory, 'client.d.ts'), 'export declare const text: string;');
  await writeFile(join(directory, 'package.json'), '{}');
}

/** An application over `directory`. */
async function start() {
  open = await testHttp({
    client: { directory },
    page: { directory: '/nonexistent' },
    originAllowed: (origin, host) => originAllowed(origin, host, [ALLOWED]),
  });
  await open.app.ready();
  return { app: open.app };
}

describe('/client.js', () => {
  it('[SDK-28] is a script that is asked for anew at each use', async () => {
    await build();
    const { app } = await start();
    const answer = await app.inject('/client.js');
    expect([answer.statusCode, answer.body]).toEqual([200, SCRIPT]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-typescript-types': './client.d.ts',
    });
    const again = await app.inject({
      url: '/client.js?v=1',
      headers: { 'if-none-match': String(answer.headers.etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect((await app.inject({ method: 'HEAD', url: '/client.js' })).statusCode).toBe(200);
  });

  it('[SDK-28] has its source map and its types beside it, and nothing else', async () => {
    await build();
    const { app } = await start();
    const types: unknown[] = [];
    for (const url of ['/client.js.map', '/client.d.ts']) {
      const answer = await app.inject(url);
      types.push([answer.statusCode, answer.headers['content-type']]);
    }
    expect(types).toEqual([
      [200, 'application/json; charset=utf-8'],
      [200, 'application/typescript; charset=utf-8'],
    ]);
    expect((await app.inject('/package.json')).statusCode).not.toBe(200);
  });

  it('[SDK-28] comes compressed to who takes it so', async () => {
    await build();
    const { app } = await start();
    const get = (accepted: string) =>
      app.inject({ url: '/client.js', headers: { 'accept-encoding': accepted } });
    const br = await get('gzip, br');
    const gzip = await get('gzip');
    expect([br.headers['content-encoding'], gzip.headers['content-encoding']]).toEqual(['br', 'gzip']);
    expect(brotliDecompressSync(br.rawPayload).toString()).toBe(SCRIPT);
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(SCRIPT);
    expect(br.headers.etag).not.toBe(gzip.headers.etag);
  });

  it('[SDK-28] is for pages of allowed origins', async () => {
    await build();
    const { app } = await start();
    const allowed = await app.inject({ url: '/client.js', headers: { origin: ALLOWED } });
    expect(allowed.headers['access-control-allow-origin']).toBe(ALLOWED);
    expect(allowed.headers.vary).toContain('Origin');
    const tag = { 'if-none-match': String(allowed.headers.etag) };
    const again = await app.inject({ url: '/client.js', headers: { origin: ALLOWED, ...tag } });
    expect([again.statusCode, again.headers['access-control-allow-origin']]).toEqual([304, ALLOWED]);
    const other = await app.inject({ url: '/client.js', headers: { origin: 'https://evil.example' } });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('[SDK-28] that is not built says what to run, and is there once it is', async () => {
    const { app } = await start();
    const missing = await app.inject('/client.js');
    expect([missing.statusCode, missing.headers['cache-control']]).toEqual([503, 'no-store']);
    expect(missing.json()).toMatchObject({ detail: expect.stringContaining('npm run build:client') });
    await build();
    expect((await app.inject('/client.js')).statusCode).toBe(200);
  });
});
