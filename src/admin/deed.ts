/** Who acts by a request, and why. */
import type { FastifyRequest } from 'fastify';
import type { Deed } from '../auth/access-changes.ts';
import { userOf } from './identification.ts';

/** For a request that passed `identified`; its body may hold a `reason`. */
export function deedOf(
  request: Pick<FastifyRequest, 'identity'> & { readonly body: { readonly reason?: string } },
): Deed {
  const { id, name } = userOf(request);
  const { reason } = request.body;
  return { by: { id, name }, ...(reason === undefined ? {} : { reason }) };
}
