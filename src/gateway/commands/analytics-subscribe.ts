import Type from 'typebox';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import { mayWatch } from '../analytics.ts';
import { defineGatewayCommand } from '../command.ts';

/** The server's figures from now on: a snapshot in parts, then an update a second at most. */
export const analyticsSubscribe = defineGatewayCommand({
  type: 'analytics:subscribe',
  rate: 'query',
  anonymous: false,
  requires: 'staff',
  data: Type.Object({}),
  handle(connection, _data, { analytics }) {
    if (!mayWatch(connection)) {
      return fail(failure('forbidden', 'figures are of all channels: this token is for some'));
    }
    analytics.subscribe(connection);
    return ok({ type: 'ack', data: {} });
  },
});
