import { SanctionData } from '../../protocol/sanction-data.ts';
import { defineGatewayCommand } from '../command.ts';
import { impose } from '../sanction-acts.ts';

/** Lets somebody read everywhere and write nowhere. */
export const userMute = defineGatewayCommand({
  type: 'user:mute',
  rate: 'query',
  anonymous: false,
  withoutChannel: true,
  requires: 'staff',
  data: SanctionData,
  handle: (connection, { user, ...terms }, ctx) =>
    impose(connection, ctx, { kind: 'mute', person: user, ...terms }),
});
