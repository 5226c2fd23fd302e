import Type from 'typebox';
import { fail, ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** Goes on with a new token of the same issuer and subject. */
export const authRefresh = defineGatewayCommand({
  type: 'auth:refresh',
  rate: 'query',
  anonymous: false,
  data: Type.Object({ token: Type.String() }),
  async handle(connection, { token }, { sessions }) {
    const refused = await sessions.refresh(connection, token);
    return refused === null ? ok({ type: 'ack', data: {} }) : fail(refused);
  },
});
