/** Whispers that stand in the log without anybody having sent them. */
import { randomUUID } from 'node:crypto';
import { entryOf, type Whisper, whisperOf } from '../../src/inbox/whisper.ts';
import type { UserRef } from '../../src/protocol/entities.ts';
import type { WhisperCreated } from '../../src/protocol/inbox-events.ts';
import type { ChannelLog, LogEntry } from '../../src/shard/ports/channel-log.ts';
import { commit } from '../contracts/channel-log.ts';

const SENT_AT = 1_700_000_000_000;

/** Commits a whisper in both inboxes and returns its id. */
export async function storeWhisper(
  log: ChannelLog,
  from: UserRef,
  to: UserRef,
  fields: Partial<WhisperCreated> & { readonly timestamp?: number } = {},
): Promise<string> {
  const { timestamp = SENT_AT, ...rest } = fields;
  const whisper = whisperOf({ id: randomUUID(), from, to, content: `from ${from.name}`, ...rest }, timestamp);
  await commit(log, rowsOf(whisper));
  return whisper.id;
}

/** Commits what a deleted whisper leaves in both inboxes. */
export async function storeDeletedWhisper(log: ChannelLog, from: UserRef, to: UserRef): Promise<string> {
  const id = randomUUID();
  const data = JSON.stringify({ id, from, to, deleted: true });
  const rows = rowsOf(whisperOf({ id, from, to, content: '' }, SENT_AT));
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
