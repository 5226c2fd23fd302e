/** HTTP's way to read inboxes, out of the log and what is kept beside it. */
import type { WhisperReader } from '../admin/ports/whisper-reader.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import { isStorable } from '../protocol/text.ts';
import type { ChannelLog } from '../shard/ports/channel-log.ts';
import type { InboxStore } from '../shard/ports/inbox-store.ts';

const RETRY_AFTER_MS = 1_000;
const NOTHING = { events: [], hasMore: false } as const;

/** See the head of the file. */
export function whisperReader(
  log: Pick<ChannelLog, 'read'>,
  inboxes: Pick<InboxStore, 'history' | 'conversations' | 'findPerson'>,
): WhisperReader {
  return {
    read: async (owner, { with: person, beforeSeq, limit, maxBytes }) => {
      const bounds = { limit, maxBytes };
      if (person === undefined) {
        const place =
          beforeSeq === undefined
            ? ({ direction: 'newest' } as const)
            : ({ direction: 'before', seq: beforeSeq } as const);
        const page = await log.read(`inbox:${owner}`, { ...place, ...bounds });
        return page.ok ? ok(page.value) : fail(failure('unavailable', page.reason, RETRY_AFTER_MS));
      }
      // Nobody is called what the database can't hold.
      if (!isStorable('id' in person ? person.id : person.name)) return ok(NOTHING);
      const found = 'id' in person ? ok(person) : await inboxes.findPerson(person);
      if (!found.ok) return found;
      if (found.value === null) return ok(NOTHING);
      const range = { ...bounds, ...(beforeSeq === undefined ? {} : { beforeSeq }) };
      return inboxes.history(owner, found.value.id, range);
    },
    conversations: async (owner, limit, maxBytes) => {
      const list = await inboxes.conversations(owner, limit, maxBytes);
      if (!list.ok) return list;
      const { items, hasMore } = list.value;
      return ok({
        items: items.map(({ with: person, last, state }) => ({ with: person, last, unread: state.unread })),
        hasMore,
      });
    },
  };
}
