/** The client as a file: `/client.js`, with its source map and its types, for pages without a build of their own. */
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type Assets, readAssets } from '../page-assets.ts';
import { sendProblem } from '../problem.ts';
import { sendAsset } from '../send-asset.ts';

const SCRIPT = 'client.js';
const FILES = [SCRIPT, 'client.js.map', 'client.d.ts'] as const;

/** Serves the built client, also one that is built while the server runs. */
export function clientFileRoutes(app: App, { client }: Pick<HttpDeps, 'client'>): void {
  let assets: Assets = new Map();

  const load = async (): Promise<void> => {
    assets = await readAssets(client.directory, SCRIPT);
  };
  app.addHook('onReady', load);

  for (const file of FILES) {
    app.get(`/${file}`, { schema: { hide: true } }, async (request, reply) => {
      if (assets.size === 0) await load();
      const asset = assets.get(file);
      if (asset === undefined) {
        return sendProblem(
          reply,
          failure('unavailable', "The client isn't built: run `npm run build:client`."),
        );
      }
      // Deno finds the types by this.
      if (file === SCRIPT) reply.header('x-typescript-types', './client.d.ts');
      return sendAsset(asset, request, reply);
    });
  }
}
