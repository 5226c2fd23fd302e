/** `POST /revocations`. */
import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import type { App } from '../app.ts';
import { deedOf } from '../deed.ts';
import type { HttpDeps } from '../http-deps.ts';
import { identified, isAdmin, type IdentificationDeps } from '../identification.ts';
import { sendProblem } from '../problem.ts';
import { Reason, responses, TOKEN_NEEDED } from '../schemas.ts';

const Revocation = Type.Object({
  reason: Reason,
  token_id: Type.Optional(
    Type.String({ description: '`jti` of a token, or the id of a session; or else user_id' }),
  ),
  user_id: Type.Optional(Type.String({ description: 'All tokens of this user; or else token_id' })),
  since: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Of a user: tokens that were signed before, ms since the epoch; this moment when absent',
    }),
  ),
});

type RevocationDeps = IdentificationDeps & Pick<HttpDeps, 'accessChanges'>;

/** Revoking tokens, for administrators. */
export function revocationRoutes(app: App, deps: RevocationDeps): void {
  const { accessChanges } = deps;

  app.post(
    '/revocations',
    {
      schema: {
        security: TOKEN_NEEDED,
        summary: 'Revoke a token, or all tokens of a user',
        description:
          'Open connections that came by one are closed with 4004 within a second. Revoking a user ends the logins of the account too.',
        body: Revocation,
        response: responses({ 204: Type.Null({ description: 'Revoked' }) }),
      },
      onRequest: identified(deps, isAdmin),
    },
    async (request, reply) => {
      const { token_id: tokenId, user_id: userId, since } = request.body;
      if (
        (tokenId === undefined) === (userId === undefined) ||
        (tokenId !== undefined && since !== undefined)
      ) {
        return sendProblem(reply, failure('bad_request', 'Either token_id, or user_id and perhaps since.'));
      }
      const revoked =
        tokenId === undefined
          ? await accessChanges.revokeUser(userId ?? '', deedOf(request), since)
          : await accessChanges.revokeToken(tokenId, deedOf(request));
      if (!revoked.ok) return sendProblem(reply, revoked.failure);
      return reply.code(204).send();
    },
  );
}
