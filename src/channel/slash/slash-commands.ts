/**
 * Every slash command: one file in commands/ and one line here. `/help`, `command:list` and the page's completion come from this
 * list. It doesn't hold `/help` itself, which tells of it.
 */
import { ban } from './commands/ban.ts';
import { clear } from './commands/clear.ts';
import { invite } from './commands/invite.ts';
import { kick } from './commands/kick.ts';
import { me } from './commands/me.ts';
import { mute } from './commands/mute.ts';
import { shadowban } from './commands/shadowban.ts';
import { shrug } from './commands/shrug.ts';
import { slow } from './commands/slow.ts';
import { topic } from './commands/topic.ts';
import { unban } from './commands/unban.ts';
import { unmute } from './commands/unmute.ts';
import { unshadowban } from './commands/unshadowban.ts';
import { whisper } from './commands/whisper.ts';
import type { SlashCommand } from './slash-command.ts';

export const SLASH_COMMANDS: readonly SlashCommand[] = [
  me,
  shrug,
  whisper,
  topic,
  slow,
  invite,
  kick,
  mute,
  unmute,
  ban,
  unban,
  shadowban,
  unshadowban,
  clear,
];
