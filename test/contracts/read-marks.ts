/** What every {@link ReadMarkStore} keeps to, with the logs that it counts in. Run by memory-read-marks and postgres-read-marks. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_FOLLOWED_CHANNELS } from '../../src/protocol/limits.ts';
import type { ChannelLog, LogEntry } from '../../src/shard/ports/channel-log.ts';
import type { ReadMark, ReadMarkStore } from '../../src/shard/ports/read-mark-store.ts';
import { commit, entryOf } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** A store and a writer of the logs; all of it empty. */
export interface ReadMarksFixture {
  readonly marks: ReadMarkStore;
  readonly log: ChannelLog;
  close(): Promise<void>;
}

/** A channel or a user that no other test has. */
const fresh = (name: string): string => `${name}-${randomUUID()}`;

/** A message of `sender`. */
function message(channel: string, sender: string, fields: Partial<LogEntry> = {}): LogEntry {
  const id = randomUUID();
  const data = JSON.stringify({ id, content: 'hi', author: { id: sender, name: sender } });
  return entryOf(`channel:${channel}`, { id, type: 'message:created', sender, data, ...fields });
}

/** The mention of `user` in a message. */
function mention({ id, log, sender }: LogEntry, user: string): LogEntry {
  const channelId = log.slice('channel:'.length);
  const data = JSON.stringify({ id, channelId });
  const clientMessageId = `${channelId}\x01${id}`;
  const fields = { id: `${id}:m:${user}`, type: 'mention:created', sender, data, clientMessageId };
  return entryOf(`inbox:${user}`, fields);
}

function deletion({ id, log, sender }: LogEntry): LogEntry {
  const data = JSON.stringify({ id, deleted: true });
  const amends = { id, data, superseded: JSON.stringify({ id }), isFinal: true };
  return { ...entryOf(log, { type: 'message:deleted', sender }), amends };
}

/** Runs the suite over what `open` gives. */
export function readMarksContract(name: string, open: () => Promise<ReadMarksFixture>): void {
  describe(`${name} keeps the contract of ReadMarkStore`, () => {
    let fixture: ReadMarksFixture;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.close());

    const append = (...entries: readonly LogEntry[]) => commit(fixture.log, entries);
    const write = async (channel: string, ...senders: readonly string[]): Promise<void> => {
      for (const sender of senders) await append(message(channel, sender));
    };
    const markAll = async (...marks: readonly ReadMark[]) => valueOf(await fixture.marks.mark(marks));
    const mark = async (user: string, channelId: string, seq: number, at = 1) => {
      const [marked] = await markAll({ user, channelId, seq, at });
      const { user: reader, channelId: channel, ...counts } = marked!;
      expect([reader, channel]).toEqual([user, channelId]);
      return counts;
    };
    const followed = async (user: string) => valueOf(await fixture.marks.unread([user]))[0]!;

    it('[READ-1] a mark is there for good, goes up to the head at most, and never back', async () => {
      const [room, ada, bob] = [fresh('room'), fresh('ada'), fresh('bob')];
      await write(room, bob, bob, bob);
      expect(await mark(ada, room, 2)).toEqual({ seq: 2, head: 3, unread: 1, mentions: 0 });
      expect(await mark(ada, room, 1)).toEqual({ seq: 2, head: 3, unread: 1, mentions: 0 });
      expect(await mark(ada, room, 99)).toEqual({ seq: 3, head: 3, unread: 0, mentions: 0 });
      await write(room, bob);
      expect(await mark(ada, room, 3)).toEqual({ seq: 3, head: 4, unread: 1, mentions: 0 });
    });

    it('[READ-1] in a channel that nobody wrote in there is no mark', async () => {
      const [room, ada] = [fresh('room'), fresh('ada')];
      expect(await mark(ada, room, 1)).toEqual({ seq: 0, head: 0, unread: 0, mentions: 0 });
      expect(await followed(ada)).toEqual([]);
    });

    it('[READ-1] marks of many users and channels go in one call', async () => {
      const [one, two, ada, bob] = [fresh('one'), fresh('two'), fresh('ada'), fresh('bob')];
      await write(one, bob, bob);
      await write(two, bob);
      const marked = await markAll(
        { user: bob, channelId: one, seq: 1, at: 1 },
        { user: ada, channelId: two, seq: 0, at: 1 },
        { user: ada, channelId: one, seq: 1, at: 1 },
      );
      const unreadOf = (user: string, channelId: string) =>
        marked.find((each) => each.user === user && each.channelId === channelId)?.unread;
      expect([unreadOf(bob, one), unreadOf(ada, two), unreadOf(ada, one)]).toEqual([0, 1, 1]);
    });

    it('[READ-2] counts messages of others that stand, and nothing else', async () => {
      const [room, ada, bob] = [fresh('room'), fresh('ada'), fresh('bob')];
      const gone = message(room, bob);
      const pinned = entryOf(`channel:${room}`, { type: 'message:pinned', sender: bob });
      await append(message(room, bob), gone, message(room, ada), pinned);
      expect(await mark(ada, room, 0)).toMatchObject({ head: 4, unread: 2 });
      await append(deletion(gone));
      expect(await mark(ada, room, 0)).toMatchObject({ head: 5, unread: 1 });
      expect(await mark(bob, room, 0)).toMatchObject({ head: 5, unread: 1 });
    });

    it('[SHADOW-4] doesn’t count what a shadow ban hides, only what looks like it', async () => {
      const [room, ada, bob] = [fresh('room'), fresh('ada'), fresh('bob')];
      const withData = (fields: object) => {
        const entry = message(room, bob);
        return { ...entry, data: JSON.stringify({ ...(JSON.parse(entry.data) as object), ...fields }) };
      };
      await append(withData({ shadow: bob }), withData({ meta: { shadow: bob } }), withData({ shadow: bob }));
      expect(await mark(ada, room, 0)).toMatchObject({ head: 3, unread: 1 });
    });

    it('[READ-3] counts up to a thousand, and says so much where there is more to look through', async () => {
      const [room, noisy, ada, bob] = [fresh('room'), fresh('noisy'), fresh('ada'), fresh('bob')];
      await append(...Array.from({ length: 1_001 }, () => message(room, bob)));
      expect((await mark(ada, room, 0)).unread).toBe(1_000);
      expect((await mark(ada, room, 2)).unread).toBe(999);
      const pin = () => entryOf(`channel:${noisy}`, { type: 'message:pinned', sender: bob });
      await append(message(noisy, bob), ...Array.from({ length: 4_000 }, pin));
      expect((await mark(ada, noisy, 0)).unread).toBe(1_000);
      expect((await mark(ada, noisy, 1)).unread).toBe(0);
    });

    it('[READ-4] counts mentions whose message is not read and stands', async () => {
      const [room, other, ada, bob] = [fresh('room'), fresh('other'), fresh('ada'), fresh('bob')];
      const messages = Array.from({ length: 3 }, () => message(room, bob));
      for (const each of messages) await append(each, mention(each, ada));
      const elsewhere = message(other, bob);
      await append(elsewhere, mention(elsewhere, ada));
      expect(await mark(ada, room, 0)).toMatchObject({ unread: 3, mentions: 3 });
      expect(await mark(ada, room, 1)).toMatchObject({ unread: 2, mentions: 2 });
      await append(deletion(messages[2]!));
      expect(await mark(ada, room, 1)).toMatchObject({ unread: 1, mentions: 1 });
      expect(await mark(bob, room, 1)).toMatchObject({ unread: 0, mentions: 0 });
      expect(await mark(ada, room, 4)).toMatchObject({ unread: 0, mentions: 0 });
    });

    it('[READ-5] a user follows what they have marked, and where they are mentioned until they have read it', async () => {
      const [read, called, quiet, ada, bob] = ['read', 'called', 'quiet', 'ada', 'bob'].map(fresh) as [
        string,
        ...string[],
      ] & { length: 5 };
      await write(read, bob!, bob!);
      await write(quiet!, bob!);
      const call = message(called!, bob!);
      await append(message(called!, bob!), call, mention(call, ada!));
      await mark(ada!, read, 2);
      const nothing = { private: false, isMember: false, isOut: false };
      const standing = [
        { id: called!, seq: 0, head: 2, unread: 2, mentions: 1, ...nothing },
        { id: read, seq: 2, head: 2, unread: 0, mentions: 0, ...nothing },
      ];
      expect(await followed(ada!)).toEqual(standing);
      expect(await followed(bob!)).toEqual([]);
      const named = valueOf(await fixture.marks.unread([bob!, ada!], [quiet!, 'nowhere', read]));
      const unmarked = { seq: 0, mentions: 0, ...nothing };
      expect(named).toEqual([
        [
          { id: quiet!, head: 1, unread: 0, ...unmarked },
          { id: read, head: 2, unread: 0, ...unmarked },
        ],
        [{ id: quiet!, head: 1, unread: 1, ...unmarked }, standing[1]],
      ]);
    });

    it('[READ-5] tells whether a channel is private, and who is a member of it', async () => {
      const [room, ada, bob] = [fresh('room'), fresh('ada'), fresh('bob')];
      const changes = [
        { kind: 'channel', private: true },
        { kind: 'member', user: ada, name: 'Ada', role: 'member' },
      ] as const;
      await append(message(room, bob), {
        ...entryOf(`channel:${room}`, { type: 'channel:updated', sender: bob }),
        changes,
      });
      await mark(ada, room, 0);
      await mark(bob, room, 0);
      expect(await followed(ada)).toMatchObject([{ private: true, isMember: true, unread: 1 }]);
      expect(await followed(bob)).toMatchObject([{ private: true, isMember: false }]);
    });

    it('[READ-5] a user follows what they belong to, marked or not', async () => {
      const [room, ada, bob] = [fresh('room'), fresh('ada'), fresh('bob')];
      const member = { kind: 'member', user: ada, name: 'Ada' } as const;
      const changed = (role: 'moderator' | null): LogEntry => {
        const entry = entryOf(`channel:${room}`, { type: 'member:role', sender: bob });
        return { ...entry, changes: [{ ...member, role }] };
      };
      await append(message(room, bob), changed('moderator'));
      expect(await followed(ada)).toMatchObject([{ id: room, seq: 0, head: 2, unread: 1, isMember: true }]);
      await append(changed(null));
      expect(await followed(ada)).toEqual([]);
    });

    it('[READ-5] tells who is banned or kicked from a channel now', async () => {
      const [room, ada, bob, cy] = [fresh('room'), fresh('ada'), fresh('bob'), fresh('cy')];
      const sanction = (user: string, kind: 'ban' | 'kick' | 'mute', until: number | null) => ({
        kind: 'sanction' as const,
        sanction: { kind, user, name: user, by: 'mod', byName: 'Mod', until },
      });
      const changes = [sanction(ada, 'ban', null), sanction(bob, 'kick', 1), sanction(cy, 'mute', null)];
      for (const change of changes) {
        const entry = entryOf(`channel:${room}`, { type: 'member:banned', sender: 'mod' });
        await append({ ...entry, changes: [change] });
      }
      const outs = valueOf(await fixture.marks.unread([ada, bob, cy], [room]));
      expect(outs.map(([channel]) => channel!.isOut)).toEqual([true, false, false]);
    });

    it('[READ-5] of more channels than are followed, those that were read last are', async () => {
      const [ada, bob, last] = [fresh('ada'), fresh('bob'), fresh('last')];
      const rooms = Array.from({ length: MAX_FOLLOWED_CHANNELS + 1 }, () => fresh('room'));
      await append(...rooms.map((room) => message(room, bob)), message(last, bob));
      await markAll(...rooms.map((channelId, at) => ({ user: ada, channelId, seq: 0, at: at + 1 })));
      await mark(ada, rooms[0]!, 1, 1_000);
      await mark(ada, last, 1, 2_000);
      const ids = (await followed(ada)).map(({ id }) => id);
      expect(ids).toHaveLength(MAX_FOLLOWED_CHANNELS);
      expect(ids).toContain(last);
      expect(ids).toContain(rooms[0]);
      expect(ids).not.toContain(rooms[1]);
      expect(ids).not.toContain(rooms[2]);
    });
  });
}
