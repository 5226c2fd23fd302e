import Type from 'typebox';
import { ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** For clients that can't see WebSocket pings. */
export const ping = defineGatewayCommand({
  type: 'ping',
  rate: 'query',
  anonymous: false,
  data: Type.Object({}),
  handle: () => ok({ type: 'pong', data: {} }),
});
