/** Answers with a file that is held in memory: its best form for the client, or 304. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Asset } from './page-assets.ts';

const YEAR_SECONDS = 365 * 24 * 3600;

/** Sends the file, compressed for who takes it so; 304 to who has it already (RFC 9110, section 13). */
export function sendAsset(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
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
  return reply.header('content-encoding', encoding).send(bytes);
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
