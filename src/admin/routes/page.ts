/** The chat page at `/`. */
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type Assets, readAssets } from '../page-assets.ts';
import { PAGE_HEADERS } from '../security-headers.ts';
import { sendAsset } from '../send-asset.ts';

// Everything from here; WebSockets are named by scheme, since older browsers don't count them as 'self'.
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  // Avatars are wherever people keep them.
  "img-src 'self' data: https:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Hubbub</title>
<p>The chat page isn't built. Run <code>npm run build:page</code>, or start the server with <code>npm start</code>,
which does that by itself.</p>
</html>
`;

/** Serves the built page, also one that is built while the server runs. */
export function pageRoutes(app: App, { page }: Pick<HttpDeps, 'page'>): void {
  let assets: Assets = new Map();

  const load = async (): Promise<void> => {
    assets = await readAssets(page.directory, 'index.html');
  };
  app.addHook('onReady', load);

  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const path = request.url.split('?', 1)[0]?.slice(1) ?? '';
    if (assets.size === 0 && path === '') await load();
    const asset = assets.get(path === '' ? 'index.html' : path);
    if (asset !== undefined) {
      reply.headers({ ...PAGE_HEADERS, 'content-security-policy': CONTENT_SECURITY_POLICY });
      return sendAsset(asset, request, reply);
    }
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
