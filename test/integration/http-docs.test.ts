import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { descriptionOf } from '../support/described-operations.ts';
import type { TestHttp, TestHttpOptions } from '../support/http.ts';
import { testHttp } from '../support/http.ts';

let open: TestHttp | undefined;
const start = async (options?: TestHttpOptions) => (open = await testHttp(options));
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

describe('/docs', () => {
  it('[HTTP-33] is a page whose policy lets nothing in but its own files', async () => {
    const { app } = await start();
    const answer = await app.inject('/docs');
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(policy).not.toMatch(/unsafe|\*|http/);
    const files = [...answer.body.matchAll(/(?:href|src)="(docs\/[^"]+)"/g)].map(([, file]) => file);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const served = await app.inject(`/${file ?? ''}`);
      expect([file, served.statusCode]).toEqual([file, 200]);
      expect(served.headers['content-type']).toMatch(/^text\/(?:css|javascript); charset=utf-8$/);
    }
    // No script and no style stands in the page itself.
    expect(answer.body).not.toMatch(/<script(?![^>]*src=)|<style| style=| on\w+=/);
  });

  it('[HTTP-33] has no other files', async () => {
    const { app } = await start();
    for (const file of ['index.html', 'swagger-ui.js', '..%2fpackage.json', '../package.json', 'x', 'a/b']) {
      expect([file, (await app.inject(`/docs/${file}`)).statusCode]).toEqual([file, 404]);
    }
    const slash = await app.inject('/docs/');
    expect([slash.statusCode, slash.headers.location]).toEqual([308, '../docs']);
  });

  it('[HTTP-33] comes from the cache, and compressed to who takes it so', async () => {
    const { app } = await start();
    const first = await app.inject('/docs/swagger-ui-bundle.js');
    for (const encoding of ['br', 'gzip']) {
      const headers = { 'accept-encoding': encoding };
      const again = await app.inject({ url: '/docs/swagger-ui-bundle.js', headers });
      expect(again.headers['content-encoding']).toBe(encoding);
      const plain = encoding === 'br' ? brotliDecompressSync(again.rawPayload) : gunzipSync(again.rawPayload);
      expect(plain.equals(first.rawPayload)).toBe(true);
    }
    const known = await app.inject({
      url: '/docs/swagger-ui-bundle.js',
      headers: { 'if-none-match': String(first.headers.etag) },
    });
    expect([known.statusCode, known.body]).toEqual([304, '']);
  });

  it('[HTTP-33] costs nothing before someone asks for it, and is no part of the API', async () => {
    // What isn't there isn't missed.
    const { app } = await start({ docs: { directory: '/nonexistent' } });
    await app.ready();
    expect(Object.keys((await descriptionOf(app)).paths).filter((path) => path.includes('docs'))).toEqual([]);
    expect((await app.inject('/docs')).statusCode).toBe(500);
  });
});
