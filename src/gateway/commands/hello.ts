import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** Says who is there: by token, or as a guest. `welcome` is the answer; a bad token closes the connection. */
export const hello = defineGatewayCommand({
  type: 'hello',
  rate: 'query',
  anonymous: true,
  data: Type.Object({
    token: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    guestToken: Type.Optional(Type.String()),
  }),
  async handle(connection, data, { sessions }, ref) {
    if (connection.phase !== 'identifying' || sessions.isIdentifying(connection)) {
      return fail(failure('conflict', 'this connection has said hello already'));
    }
    const refused = await sessions.identify(connection, data, ref);
    return refused === null ? ok(null) : fail(refused);
  },
});
