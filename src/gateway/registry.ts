/** Every message type that the gateway answers itself: one file in commands/ and one line here. */
import type { Static } from 'typebox';
import { analyticsSubscribe } from './commands/analytics-subscribe.ts';
import { analyticsUnsubscribe } from './commands/analytics-unsubscribe.ts';
import { authRefresh } from './commands/auth-refresh.ts';
import { channelCreate } from './commands/channel-create.ts';
import { channelList } from './commands/channel-list.ts';
import { hello } from './commands/hello.ts';
import { messageSearch } from './commands/message-search.ts';
import { ping } from './commands/ping.ts';
import { reportList } from './commands/report-list.ts';
import { userBan } from './commands/user-ban.ts';
import { userMute } from './commands/user-mute.ts';
import { userUnban } from './commands/user-unban.ts';
import { userUnmute } from './commands/user-unmute.ts';

export const GATEWAY_COMMANDS = [
  hello,
  authRefresh,
  channelList,
  channelCreate,
  messageSearch,
  ping,
  analyticsSubscribe,
  analyticsUnsubscribe,
  reportList,
  userBan,
  userUnban,
  userMute,
  userUnmute,
] as const;

type AnyGatewayCommand = (typeof GATEWAY_COMMANDS)[number];

/** `data` of each request that the gateway answers, by type. */
export type GatewayRequests = {
  readonly [Command in AnyGatewayCommand as Command['type']]: Static<Command['data']>;
};
