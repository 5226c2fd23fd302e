import { PersonData } from '../../protocol/sanction-data.ts';
import { defineGatewayCommand } from '../command.ts';
import { pardon } from '../sanction-acts.ts';

/** Ends a mute that holds everywhere. */
export const userUnmute = defineGatewayCommand({
  type: 'user:unmute',
  rate: 'query',
  anonymous: false,
  withoutChannel: true,
  requires: 'staff',
  data: PersonData,
  handle: (connection, { user }, ctx) => pardon(connection, ctx, 'mute', user),
});
