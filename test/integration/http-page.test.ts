import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compressedForms } from '../../scripts/compressed-forms.mjs';
import type { TestHttp } from '../support/http.ts';
import { testHttp } from '../support/http.ts';

let directory: string;
let open: TestHttp | undefined;
const SCRIPT = `console.log(${JSON.stringify('hello '.repeat(500))});`;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'page-'));
});
afterEach(async () => {
  await open?.app.close();
  open = undefined;
  await rm(directory, { recursive: true });
});

async function build(): Promise<void> {
  await mkdir(join(directory, 'assets'));
  await writeFile(join(directory, 'index.html'), '<!doctype html><title>Chat</title>');
  await writeFile(join(directory, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const script = join(directory, 'assets', 'main-B1a_c3D4.js');
  await writeFile(script, SCRIPT);
  for (const [end, bytes] of Object.entries(compressedForms(script, Buffer.from(SCRIPT)))) {
    await writeFile(`${script}${end}`, bytes);
  }
  await writeFile(join(directory, 'secret.key'), 'no type, not served');
}

/** An application over `directory`. */
async function start() {
  open = await testHttp({ page: { directory } });
  await open.app.ready();
  return { app: open.app };
}

describe('the page', () => {
  it('[HTTP-20] is served at / with a policy that lets nothing else in', async () => {
    await build();
    const { app } = await start();
    const answer = await app.inject('/');
    expect([answer.statusCode, answer.body]).toEqual([200, '<!doctype html><title>Chat</title>']);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-cache');
    const policyAt = async (host: string) =>
      (await app.inject({ url: '/', headers: { host } })).headers['content-security-policy'];
    for (const host of ['chat.test', 'chat.test:8080', '[::1]:8080']) {
      expect(await policyAt(host)).toContain(
        `default-src 'self'; connect-src 'self' ws://${host} wss://${host}; img-src`,
      );
    }
    expect(await policyAt('a;b')).toContain("connect-src 'self'; img-src");
    expect(answer.headers['content-security-policy']).toContain("img-src 'self' data: https:;");
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    expect(answer.headers['permissions-policy']).toContain('camera=()');
    expect(answer.headers['cross-origin-opener-policy']).toBe('same-origin');
    expect((await app.inject('/icon.svg?v=1')).headers['content-type']).toMatch(/^image\/svg\+xml/);
    expect((await app.inject({ method: 'HEAD', url: '/' })).statusCode).toBe(200);
  });

  it('[DASH-1] is beside the dashboard, which shows nothing from elsewhere', async () => {
    await build();
    await writeFile(join(directory, 'dashboard.html'), '<!doctype html><title>Dashboard</title>');
    const { app } = await start();
    const answer = await app.inject('/dashboard?code=1');
    expect([answer.statusCode, answer.body]).toEqual([200, '<!doctype html><title>Dashboard</title>']);
    expect(answer.headers['content-security-policy']).toContain("img-src 'self';");
    expect(answer.headers['content-security-policy']).not.toContain('unsafe');
    const { statusCode, headers } = await app.inject('/dashboard/');
    expect([statusCode, headers['location']]).toEqual([308, '../dashboard']);
  });

  it('[HTTP-20] keeps files for ever whose names change with their content', async () => {
    await build();
    const { app } = await start();
    const answer = await app.inject('/assets/main-B1a_c3D4.js');
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['content-type']).toBe('text/javascript; charset=utf-8');
    const { etag } = answer.headers;
    const again = await app.inject({
      url: '/assets/main-B1a_c3D4.js',
      headers: { 'if-none-match': String(etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('[HTTP-20] comes compressed to who takes it so', async () => {
    await build();
    const { app } = await start();
    const get = async (accepted: string) => {
      const answer = await app.inject({
        url: '/assets/main-B1a_c3D4.js',
        headers: { 'accept-encoding': accepted },
      });
      return {
        encoding: answer.headers['content-encoding'],
        bytes: answer.rawPayload,
        etag: answer.headers.etag,
      };
    };
    const br = await get('gzip, deflate, br');
    const gzip = await get('gzip');
    const plain = await get('br;q=0, identity');
    expect([br.encoding, gzip.encoding, plain.encoding]).toEqual(['br', 'gzip', undefined]);
    expect(brotliDecompressSync(br.bytes).toString()).toBe(SCRIPT);
    expect(gunzipSync(gzip.bytes).toString()).toBe(SCRIPT);
    expect(plain.bytes.toString()).toBe(SCRIPT);
    expect(new Set([br.etag, gzip.etag, plain.etag]).size).toBe(3);
  });

  it('[HTTP-20] comes as it is where its compressed forms are of an earlier build', async () => {
    await build();
    const script = join(directory, 'assets', 'main-B1a_c3D4.js');
    await utimes(`${script}.br`, new Date(0), new Date(0));
    const { app } = await start();
    const headers = { 'accept-encoding': 'br' };
    const answer = await app.inject({ url: '/assets/main-B1a_c3D4.js', headers });
    expect([answer.headers['content-encoding'], answer.body]).toEqual([undefined, SCRIPT]);
  });

  it('[HTTP-20] has no other files', async () => {
    await build();
    const { app } = await start();
    for (const url of [
      '/secret.key',
      '/assets/',
      '/assets',
      '/../package.json',
      '/%2e%2e/package.json',
      '/nope.js',
      '/assets/main-B1a_c3D4.js.br',
    ]) {
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 404]);
    }
  });

  it('[HTTP-21] that is not built says what to run, and is there once it is', async () => {
    const { app } = await start();
    const missing = await app.inject('/');
    expect(missing.statusCode).toBe(503);
    expect(missing.body).toContain('npm run build:page');
    await build();
    expect((await app.inject('/')).statusCode).toBe(200);
    expect((await app.inject('/icon.svg')).statusCode).toBe(200);
  });
});
