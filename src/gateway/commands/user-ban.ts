import Type from 'typebox';
import { SanctionData } from '../../protocol/sanction-data.ts';
import { MAX_DELETE_SECONDS } from '../../protocol/sanctions.ts';
import { defineGatewayCommand } from '../command.ts';
import { impose } from '../sanction-acts.ts';

/**
 * Lets somebody in no more, wherever they come from: their connections are closed. With a channel it is that channel's. An
 * `address` keeps guests from there out too, `deleteSeconds` takes their messages of the last so many seconds away.
 */
export const userBan = defineGatewayCommand({
  type: 'user:ban',
  rate: 'query',
  anonymous: false,
  withoutChannel: true,
  requires: 'staff',
  data: Type.Object({
    ...SanctionData.properties,
    deleteSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_DELETE_SECONDS })),
    address: Type.Optional(Type.String({ maxLength: 64 })),
  }),
  handle: (connection, { user, ...terms }, ctx) =>
    impose(connection, ctx, { kind: 'ban', person: user, ...terms }),
});
