/** The chat page at `/` and the dashboard at `/dashboard`. */
import type { App } from '../app.ts';
import { isHost } from '../base-url.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type Assets, readAssets } from '../page-assets.ts';
import { PAGE_HEADERS } from '../security-headers.ts';
import { sendAsset } from '../send-asset.ts';

/** Everything from here; WebSockets of this host are named, since older browsers don't count them as 'self'. */
const policyWith = (images: string, host: string | undefined): string =>
  [
    "default-src 'self'",
    isHost(host) ? `connect-src 'self' ws://${host} wss://${host}` : "connect-src 'self'",
    `img-src ${images}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
// Avatars are wherever people keep them.
const PAGE_IMAGES = "'self' data: https:";
// It shows none: who looks after a server is told to nobody else's.
const DASHBOARD_IMAGES = "'self'";

/** Pages by their paths. Links in them are relative: both stand in the same folder. */
const PAGES: Readonly<Record<string, string>> = { '': 'index.html', dashboard: 'dashboard.html' };

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Hubbub</title>
<p>The pages aren't built. Run <code>npm run build:page</code>, or start the server with <code>npm start</code>,
which does that by itself.</p>
</html>
`;

/** Serves the built pages, also one that is built while the server runs. */
export function pageRoutes(app: App, { page, reachedAt }: Pick<HttpDeps, 'page' | 'reachedAt'>): void {
  let assets: Assets = new Map();

  const load = async (): Promise<void> => {
    assets = await readAssets(page.directory, 'index.html');
  };
  app.addHook('onReady', load);

  app.get('/*', { schema: { hide: true } }, async (request, reply) => {
    const path = request.url.split('?', 1)[0]?.slice(1) ?? '';
    const page = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
    if (assets.size === 0 && page !== undefined) await load();
    const name = page ?? path;
    const asset = assets.get(name);
    if (asset !== undefined) {
      const images = name === 'dashboard.html' ? DASHBOARD_IMAGES : PAGE_IMAGES;
      const policy = policyWith(images, reachedAt(request).host);
      reply.headers({ ...PAGE_HEADERS, 'content-security-policy': policy });
      return sendAsset(asset, request, reply);
    }
    if (path === 'dashboard/') return reply.redirect('../dashboard', 308);
    if (page === undefined) {
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
