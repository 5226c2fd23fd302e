import Type from 'typebox';
import { ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** No figures any more; nothing, where none were told. */
export const analyticsUnsubscribe = defineGatewayCommand({
  type: 'analytics:unsubscribe',
  rate: 'query',
  anonymous: false,
  requires: 'staff',
  data: Type.Object({}),
  handle(connection, _data, { analytics }) {
    analytics.forget(connection);
    return ok({ type: 'ack', data: {} });
  },
});
