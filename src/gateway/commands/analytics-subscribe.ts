import Type from 'typebox';
import { ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** The server's figures from now on: a snapshot in parts, then an update a second at most. */
export const analyticsSubscribe = defineGatewayCommand({
  type: 'analytics:subscribe',
  rate: 'query',
  anonymous: false,
  requires: 'staff',
  data: Type.Object({}),
  handle(connection, _data, { analytics }) {
    analytics.subscribe(connection);
    return ok({ type: 'ack', data: {} });
  },
});
