/** Whispers that stand in the log without anybody having sent them. */
import { randomUUID } from 'node:crypto';
import { entryOf, type Whisper } from '../../src/inbox/whisper.ts';
import type { UserRef } from '../../src/protocol/entities.ts';
import type { ChannelLog, LogEntry } from '../../src/shard/ports/channel-log.ts';
import { commit } from '../contracts/channel-log.ts';

/** Commits a whisper in both inboxes and returns its id. */
export async function storeWhisper(
  log: ChannelLog,
  from: UserRef,
  to: UserRef,
  fields: Partial<Whisper> = {},
): Promise<string> {
  const id = randomUUID();
  const timestamp = 1_700_000_000_000;
  const whisper: Whisper = { id, from, to, content: `from ${from.name}`, timestamp, ...fields };
  await commit(log, rowsOf(whisper));
  return whisper.id;
}

/** Commits what a deleted whisper leaves in both inboxes. */
export async function storeDeletedWhisper(log: ChannelLog, from: UserRef, to: UserRef): Promise<string> {
  const id = randomUUID();
  const data = JSON.stringify({ id, from, to, deleted: true });
  const rows = rowsOf({ id, from, to, content: '', timestamp: 1_700_000_000_000 });
  await commit(
    log,
    rows.map((row) => ({ ...row, data })),
  );
  return id;
}

function rowsOf(whisper: Whisper): LogEntry[] {
  const { companions = [], ...entry } = entryOf(whisper);
  return [entry, ...companions];
}
