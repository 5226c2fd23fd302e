/** `/docs`: the description of the API for people, from this server alone. */
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import { compressAssets } from '../compress-assets.ts';
import {
  DOCS_CONTENT_SECURITY_POLICY,
  DOCS_FILES,
  DOCS_PAGE,
  DOCS_SCRIPT,
  DOCS_SCRIPT_NAME,
} from '../docs-page.ts';
import type { HttpDeps } from '../http-deps.ts';
import { type Asset, assetOf, type Assets, readAsset } from '../page-assets.ts';
import { sendProblem } from '../problem.ts';
import { PAGE_HEADERS } from '../security-headers.ts';
import { sendAsset } from '../send-asset.ts';

const PAGE_NAME = 'index.html';

/** Nothing is read before someone asks for it: it is large, and most servers never need it. */
export function docsRoutes(app: App, { docs }: Pick<HttpDeps, 'docs'>): void {
  let loading: Promise<Assets> | undefined;

  const load = async (): Promise<Assets> => {
    const files = await Promise.all(
      DOCS_FILES.map(async (name): Promise<[string, Asset]> => [name, await readAsset(docs.directory, name)]),
    );
    return compressAssets(
      new Map([
        [PAGE_NAME, assetOf(PAGE_NAME, Buffer.from(DOCS_PAGE))],
        [DOCS_SCRIPT_NAME, assetOf(DOCS_SCRIPT_NAME, Buffer.from(DOCS_SCRIPT))],
        ...files,
      ]),
    );
  };

  app.get('/docs', { schema: { hide: true } }, async (request, reply) => {
    reply.headers({ ...PAGE_HEADERS, 'content-security-policy': DOCS_CONTENT_SECURITY_POLICY });
    const asset = (await (loading ??= load())).get(PAGE_NAME);
    if (asset === undefined) throw new Error('the page of /docs is missing');
    return sendAsset(asset, request, reply);
  });
  // What is relative in the page stands beside it, not below.
  app.get('/docs/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('../docs', 308));

  app.get<{ Params: { file: string } }>('/docs/:file', { schema: { hide: true } }, async (request, reply) => {
    const asset = (await (loading ??= load())).get(request.params.file);
    if (asset === undefined || request.params.file === PAGE_NAME) {
      return sendProblem(reply, failure('not_found', 'There is nothing at this address.'));
    }
    return sendAsset(asset, request, reply);
  });
}
