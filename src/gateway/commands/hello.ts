import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/**
 * Says who is there: by token, or as a guest. `welcome` is the answer, and with `recover` what the user's inbox got since
 * follows; a bad token closes the connection.
 */
export const hello = defineGatewayCommand({
  type: 'hello',
  rate: 'query',
  anonymous: true,
  data: Type.Object({
    token: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    guestToken: Type.Optional(Type.String()),
    recover: Type.Optional(
      Type.Object({
        epoch: Type.String({ maxLength: 64 }),
        seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      }),
    ),
  }),
  async handle(connection, data, ctx, ref) {
    const { sessions } = ctx;
    if (connection.phase !== 'identifying' || sessions.isIdentifying(connection)) {
      return fail(failure('conflict', 'this connection has said hello already'));
    }
    const refused = await sessions.identify(connection, data, ref);
    if (refused !== null) return fail(refused);
    if (data.recover !== undefined && connection.isOpen) ctx.resumeInbox(connection, data.recover);
    return ok(null);
  },
});
