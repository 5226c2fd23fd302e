/** The chat page at `/`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { compressAssets, readAssets } from '../page-assets.ts';
import type { Asset, Assets } from '../page-assets.ts';

// Everything from here; WebSockets are named by scheme, since older browsers don't count them as 'self'.
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_SECONDS = 365 * 24 * 3600;
const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Hubbub</title>
<p>The chat page isn't built. Run <code>npm run build:page</code>, or start the server with <code>npm start</code>,
which does that by itself.</p>
</html>
`;

/** Serves the built page, also one that is built while the server runs. */
export function pageRoutes(app: App, { page, logger }: Pick<HttpDeps, 'page' | 'logger'>): void {
  let assets: Assets = new Map();
  let compressing: Promise<void> = Promise.resolve();

  const load = async (): Promise<void> => {
    assets = await readAssets(page.directory);
    compressing = compressAssets(assets, page.compress).catch((error: unknown) => {
      logger.warn({ err: error }, 'the page is served uncompressed');
    });
  };
  app.addHook('onReady', load);
  app.addHook('onClose', async () => compressing);

  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const path = request.url.split('?', 1)[0]?.slice(1) ?? '';
    if (assets.size === 0 && path === '') await load();
    const asset = assets.get(path === '' ? 'index.html' : path);
    if (asset !== undefined) return send(asset, request, reply);
    if (path !== '') {
      reply.callNotFound();
      return reply;
    }
    return reply
      .code(503)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(NOT_BUILT);
  });
}

function send(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  reply.header('cache-control', asset.immutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
  reply.header('vary', 'Accept-Encoding, Origin');
  const encoding =
    asset.compressed === undefined ? null : preferredEncoding(request.headers['accept-encoding']);
  // A form of its own needs a tag of its own (RFC 9110, section 8.8.3.3).
  const etag = encoding === null ? asset.etag : asset.etag.replace(/"$/, `-${encoding}"`);
  reply.header('etag', etag);
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  reply.type(asset.type);
  if (encoding === null || asset.compressed === undefined) return reply.send(asset.bytes);
  const bytes = encoding === 'br' ? asset.compressed.br : asset.compressed.gzip;
  return reply.header('content-encoding', encoding).send(Buffer.from(bytes));
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** The better of the two forms that the client takes. */
function preferredEncoding(accepted = ''): 'br' | 'gzip' | null {
  const offers = accepted.split(',').map((offer) =>
    offer
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/),
  );
  const takes = (name: string) =>
    offers.some(
      ([coding, ...parameters]) => coding === name && !parameters.some((p) => /^q=0(\.0*)?$/.test(p)),
    );
  if (takes('br')) return 'br';
  return takes('gzip') ? 'gzip' : null;
}
