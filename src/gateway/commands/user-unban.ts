import { PersonData } from '../../protocol/sanction-data.ts';
import { defineGatewayCommand } from '../command.ts';
import { pardon } from '../sanction-acts.ts';

/** Ends a ban from everywhere. With a channel it is that channel's. */
export const userUnban = defineGatewayCommand({
  type: 'user:unban',
  rate: 'query',
  anonymous: false,
  withoutChannel: true,
  requires: 'staff',
  data: PersonData,
  handle: (connection, { user }, ctx) => pardon(connection, ctx, 'ban', user),
});
