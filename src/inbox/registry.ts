/**
 * Every message type that an inbox handles: one file in commands/ and one line here. Dispatch, routing, rate classes,
 * metrics labels and the client's types come from this list (docs/adding-a-message.md).
 */
import type { Static } from 'typebox';
import { inboxResume } from './commands/inbox-resume.ts';
import { unreadGet } from './commands/unread-get.ts';
import { userBlock } from './commands/user-block.ts';
import { userBlocks } from './commands/user-blocks.ts';
import { userUnblock } from './commands/user-unblock.ts';
import { whisperConversations } from './commands/whisper-conversations.ts';
import { whisperDelete } from './commands/whisper-delete.ts';
import { whisperDelivered } from './commands/whisper-delivered.ts';
import { whisperHistory } from './commands/whisper-history.ts';
import { whisperPolicy } from './commands/whisper-policy.ts';
import { whisperRead } from './commands/whisper-read.ts';
import { whisperSend } from './commands/whisper-send.ts';
import { whisperUpdate } from './commands/whisper-update.ts';

export const INBOX_COMMANDS = [
  inboxResume,
  whisperSend,
  whisperUpdate,
  whisperDelete,
  whisperDelivered,
  whisperRead,
  whisperHistory,
  whisperConversations,
  whisperPolicy,
  userBlock,
  userUnblock,
  userBlocks,
  unreadGet,
] as const;

type AnyInboxCommand = (typeof INBOX_COMMANDS)[number];

/** `data` of each request that routes by inbox, by type. */
export type InboxRequests = {
  readonly [Command in AnyInboxCommand as Command['type']]: Static<Command['data']>;
};
