/**
 * Every message type that a channel handles: one file in commands/ and one line here. Dispatch, routing, rate classes,
 * metrics labels and the client's types come from this list (docs/adding-a-message.md).
 */
import type { Static } from 'typebox';
import { channelCreate } from './commands/channel-create.ts';
import { channelDelete } from './commands/channel-delete.ts';
import { channelInvite } from './commands/channel-invite.ts';
import { channelJoin } from './commands/channel-join.ts';
import { channelKick } from './commands/channel-kick.ts';
import { channelLeave } from './commands/channel-leave.ts';
import { channelMute } from './commands/channel-mute.ts';
import { channelRestore } from './commands/channel-restore.ts';
import { channelRole } from './commands/channel-role.ts';
import { channelRoles } from './commands/channel-roles.ts';
import { channelUnmute } from './commands/channel-unmute.ts';
import { channelUpdate } from './commands/channel-update.ts';
import { commandList } from './commands/command-list.ts';
import { heldApprove } from './commands/held-approve.ts';
import { heldList } from './commands/held-list.ts';
import { heldReject } from './commands/held-reject.ts';
import { historyGet } from './commands/history-get.ts';
import { messageDelete } from './commands/message-delete.ts';
import { messagePurge } from './commands/message-purge.ts';
import { messagePin } from './commands/message-pin.ts';
import { messageSend } from './commands/message-send.ts';
import { messageUnpin } from './commands/message-unpin.ts';
import { messageUpdate } from './commands/message-update.ts';
import { messageVersions } from './commands/message-versions.ts';
import { pinsGet } from './commands/pins-get.ts';
import { reactionAdd } from './commands/reaction-add.ts';
import { reactionRemove } from './commands/reaction-remove.ts';
import { threadGet } from './commands/thread-get.ts';
import { messageReport } from './commands/message-report.ts';
import { presenceGet } from './commands/presence-get.ts';
import { readSet } from './commands/read-set.ts';
import { reportClaim } from './commands/report-claim.ts';
import { reportList } from './commands/report-list.ts';
import { reportResolve } from './commands/report-resolve.ts';
import { typingStart } from './commands/typing-start.ts';
import { typingStop } from './commands/typing-stop.ts';
import { userBan } from './commands/user-ban.ts';
import { userShadowban } from './commands/user-shadowban.ts';
import { userUnban } from './commands/user-unban.ts';
import { userUnshadowban } from './commands/user-unshadowban.ts';
import { serverPublish } from './server-publish.ts';

export const CHANNEL_COMMANDS = [
  commandList,
  channelJoin,
  channelLeave,
  messageSend,
  messageUpdate,
  messageDelete,
  messagePurge,
  messageVersions,
  reactionAdd,
  reactionRemove,
  threadGet,
  messagePin,
  messageUnpin,
  pinsGet,
  typingStart,
  typingStop,
  historyGet,
  presenceGet,
  channelUpdate,
  channelCreate,
  channelDelete,
  channelRestore,
  channelInvite,
  channelRole,
  channelRoles,
  heldList,
  heldApprove,
  heldReject,
  channelKick,
  channelMute,
  channelUnmute,
  userBan,
  userUnban,
  userShadowban,
  userUnshadowban,
  readSet,
  messageReport,
  reportList,
  reportClaim,
  reportResolve,
] as const;

type AnyChannelCommand = (typeof CHANNEL_COMMANDS)[number];

/** `data` of each request that routes by channel, by type. */
export type ChannelRequests = {
  readonly [Command in AnyChannelCommand as Command['type']]: Static<Command['data']>;
};

/** Those, and what main alone asks for, of which clients know nothing. */
export const OUTSIDE_COMMANDS = [...CHANNEL_COMMANDS, serverPublish] as const;
