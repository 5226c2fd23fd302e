/** What the page makes of moderators' acts, of channels' settings and of commands. */
import { describe, expect, it } from 'vitest';
import type { ChatClient } from '../../src/client/chat-client.ts';
import type { ChannelRole } from '../../src/protocol/entities.ts';
import type { LogEvent } from '../../src/protocol/events.ts';
import { mayGiveRoles, readRoles, withFormer } from '../../web/src/state/channel-roles.ts';
import { isCommand, readCommands } from '../../web/src/state/command-list.ts';
import { completionAt } from '../../web/src/state/completion.ts';
import { hindranceOf, mutedEverywhere, refusedWith, UNRESTRICTED } from '../../web/src/state/hindrance.ts';
import { channelEnd, putOut, withMemberEvent, withoutChannel } from '../../web/src/state/member-events.ts';
import { readReports, reportEnd, Reports } from '../../web/src/state/reports.ts';
import {
  CONNECTING,
  mayHandleReports,
  mayModerate,
  moderatedChannels,
  newChannel,
  newReports,
  type SignedIn,
} from '../../web/src/state/page-state.ts';
import { timeLeft } from '../../web/src/text/format-time.ts';

const ADA = { id: 'ada', name: 'Ada' };
const BOB = { id: 'bob', name: 'Bob' };
const STATE: SignedIn = {
  ...CONNECTING,
  user: { ...ADA, guest: false, roles: ['user'] },
  listed: [
    { id: 'c', name: 'c', topic: 'old', private: false },
    { id: 'd', name: 'd', topic: 'kept', private: false },
  ],
  channels: { c: newChannel('c') },
};
const event = (type: string, data: object): LogEvent =>
  ({ type, channelId: 'c', seq: 5, timestamp: 50, data }) as unknown as LogEvent;
const after = (...events: LogEvent[]): SignedIn =>
  events.reduce((state, one) => withMemberEvent(state, one, 'ada') as SignedIn, STATE);

const STAFF = { staff: true, mutedUntil: undefined };
const OTHER = { staff: false, mutedUntil: undefined };

describe('what hinders one from writing', () => {
  const settings = UNRESTRICTED.settings;

  it('[PAGE-77] a mute holds until its end, for moderators too; slow mode and announcements not for them', () => {
    const muted = { ...UNRESTRICTED, muted: { until: 100 } };
    expect(hindranceOf(muted, STAFF, 99)).toEqual({ kind: 'muted', until: 100, everywhere: false });
    expect(hindranceOf(muted, STAFF, 100)).toBeNull();
    expect(hindranceOf({ ...muted, muted: { until: null } }, OTHER, 1e15)).toEqual({
      kind: 'muted',
      until: null,
      everywhere: false,
    });
    const slow = { ...UNRESTRICTED, slowUntil: 100 };
    expect(hindranceOf(slow, OTHER, 99)).toEqual({ kind: 'slow', until: 100 });
    expect(hindranceOf(slow, OTHER, 100)).toBeNull();
    expect(hindranceOf(slow, STAFF, 99)).toBeNull();
    const announcing = { ...UNRESTRICTED, settings: { ...settings, announcement: true } };
    expect(hindranceOf(announcing, OTHER, 0)).toEqual({ kind: 'announcement' });
    expect(hindranceOf(announcing, STAFF, 0)).toBeNull();
    const archived = { ...UNRESTRICTED, settings: { ...settings, archived: true } };
    expect(hindranceOf(archived, STAFF, 0)).toEqual({ kind: 'archived' });
  });

  it('[PAGE-77] a mute everywhere holds in every channel and conversation, with the time that is left', () => {
    const muted = { kind: 'muted', until: 100, everywhere: true };
    expect(hindranceOf(UNRESTRICTED, { staff: true, mutedUntil: 100 }, 99)).toEqual(muted);
    expect(hindranceOf(UNRESTRICTED, { staff: false, mutedUntil: 100 }, 100)).toBeNull();
    expect(mutedEverywhere(null, 1e15)).toMatchObject({ until: null });
    expect([mutedEverywhere(undefined, 0), mutedEverywhere(100, 100)]).toEqual([null, null]);
    const left = [1, 59_001, 60_000, 61_000, 5_400_000, 90_000_000].map(timeLeft);
    expect(left).toEqual(['1 s', '60 s', '60 s', '2 min', '90 min', '25 h']);
  });

  it('[PAGE-77] is learned from refusals too', () => {
    expect(refusedWith('muted', undefined, 5)).toEqual({ muted: { until: null } });
    expect(refusedWith('muted', 10, 5)).toEqual({ muted: { until: 15 } });
    expect(refusedWith('slow_mode', 10, 5)).toEqual({ slowUntil: 15 });
    expect(refusedWith('rate_limited', 10, 5)).toEqual({});
  });

  it('[PAGE-77] mutes of others change nothing, one’s own come and go', () => {
    expect(after(event('member:muted', { user: BOB, by: ADA }))).toBe(STATE);
    const muted = after(event('member:muted', { user: ADA, by: BOB, until: 70 }));
    expect(muted.channels['c']?.muted).toEqual({ until: 70 });
    const over = after(
      event('member:muted', { user: ADA, by: BOB }),
      event('member:unmuted', { user: ADA, by: BOB }),
    );
    expect(over.channels['c']?.muted).toBeNull();
  });
});

describe('a channel that moderators change', () => {
  it('[PAGE-81] has its new settings, name and topic at once, and only those', () => {
    const changed = after(
      event('channel:updated', { slowModeSeconds: 30, archived: 'yes', topic: 'new', by: BOB }),
    );
    expect(changed.channels['c']?.settings).toEqual({ ...UNRESTRICTED.settings, slowModeSeconds: 30 });
    expect(changed.listed).toEqual([{ ...STATE.listed[0], topic: 'new' }, STATE.listed[1]]);
    const bare = after(event('channel:updated', { topic: null, private: true, name: 'C', by: BOB }));
    expect(bare.listed[0]).toEqual({ id: 'c', name: 'C', private: true });
  });

  it('[PAGE-76] shows what moderators can do to whom the channel made one', () => {
    expect(mayModerate(STATE, 'c')).toBe(false);
    expect(mayModerate(after(event('member:role', { user: ADA, role: 'moderator', by: BOB })), 'c')).toBe(
      true,
    );
    expect(mayModerate(after(event('member:role', { user: BOB, role: 'moderator', by: BOB })), 'c')).toBe(
      false,
    );
    const admin: SignedIn = { ...STATE, user: { ...ADA, guest: false, roles: ['admin'] } };
    expect(mayModerate(admin, 'c')).toBe(true);
    expect(mayModerate(admin, '@bob')).toBe(false);
  });

  it('[PAGE-76] [PAGE-87] says who has put one out, and why, or deleted the channel', () => {
    const gone = { type: 'channel:deleted', channelId: 'c', data: { by: BOB, purged: true } };
    expect(channelEnd(gone)).toEqual({ channelId: 'c', words: 'Bob deleted #c.' });
    expect(channelEnd({ ...gone, data: { purged: false } })?.words).toBe('A moderator deleted #c.');
    expect(channelEnd({ type: 'typing:start', channelId: 'c' })).toBeNull();
    expect(withoutChannel(STATE, 'c')).toMatchObject({ listed: [{ id: 'd' }] });
    const kicked = putOut(event('member:kicked', { user: ADA, by: BOB, reason: 'flood' }), 'ada');
    expect(kicked).toEqual({ channelId: 'c', words: 'Bob put you out of #c: flood' });
    expect(putOut(event('member:banned', { user: ADA, by: BOB }), 'ada')?.words).toBe(
      'Bob banned you from #c.',
    );
    expect(putOut(event('member:banned', { user: BOB, by: ADA }), 'ada')).toBeNull();
    expect(putOut(event('member:muted', { user: ADA, by: BOB }), 'ada')).toBeNull();
  });
});

describe('commands', () => {
  const commands = readCommands({
    items: [
      { name: 'mute', usage: '/mute name [time]', description: 'Mutes somebody' },
      { name: '/me' },
      { name: 7 },
    ],
  });
  const complete = (text: string, caret = text.length) =>
    completionAt(text, caret, { mentioned: [], whispered: [], commands: () => commands });

  it('[PAGE-80] are completed at the beginning of what one writes, with their usage', () => {
    expect(commands.map(({ name }) => name)).toEqual(['mute', 'me']);
    expect(complete('/')?.items.map(({ insert }) => insert)).toEqual(['/mute ', '/me ']);
    expect(complete('/mu')).toMatchObject({ from: 0, to: 3, items: [{ label: '/mute name [time]' }] });
    // Written out: Enter is for the command.
    expect(complete('/me')).toBeNull();
    expect(complete('/x')).toBeNull();
    expect(complete('see /mu')).toBeNull();
    expect(readCommands(undefined)).toEqual([]);
  });

  it('[PAGE-80] begin with one slash; two stand for a message', () => {
    expect(isCommand('/mute bob')).toBe(true);
    expect(isCommand('//mute')).toBe(false);
    expect(isCommand('a/b')).toBe(false);
  });
});

describe('reports', () => {
  it('[PAGE-82] are read with the message as it was, and without what is not told rightly', () => {
    const report = {
      ...{ id: 'r', channelId: 'c', reason: 'rude', createdAt: 5, reporter: ADA, claimedBy: BOB },
      message: { id: 'm', author: BOB, content: 'an insult' },
    };
    expect(readReports({ items: [report, { id: 'r2' }, null], hasMore: true })).toEqual({
      hasMore: true,
      items: [
        {
          ...{ id: 'r', channelId: 'c', messageId: 'm', author: BOB, content: 'an insult' },
          ...{ reporter: ADA, reason: 'rude', at: 5, claimedBy: BOB },
        },
      ],
    });
    expect(readReports(undefined)).toEqual({ items: [], hasMore: false });
  });

  it('[PAGE-82] are one queue over all channels that one looks after, and are counted there', async () => {
    const report = (id: string, channelId: string) => {
      return { id, channelId, createdAt: 1, message: { id: `m${id}`, author: BOB, content: 'x' } };
    };
    const asked: object[] = [];
    const client = {
      request: async (_type: string, { data, ...more }: { data: { state: string } }) => {
        asked.push(more);
        if (data.state === 'claimed') return { items: [{ ...report('c', 'a'), claimedBy: ADA }] };
        return { items: [report('x', 'b'), report('y', 'a')], hasMore: true };
      },
    } as unknown as ChatClient;
    const page = await new Reports(() => client).list();
    expect(page).toMatchObject({ hasMore: true, items: [{ id: 'x' }, { id: 'y' }, { id: 'c' }] });
    expect(asked).toEqual([{}, {}]);
    expect(await new Reports(() => null).list()).toBe('You are signed out.');
    const of = (role: ChannelRole | null, reports: number) => ({
      ...newChannel('x'),
      role,
      newReports: reports,
    });
    const state = {
      ...CONNECTING,
      user: { ...ADA, guest: false, roles: ['user' as const] },
      channels: { a: of('owner', 1), b: of('moderator', 2), c: of('member', 4), d: of(null, 8) },
    };
    expect(moderatedChannels(state)).toEqual(['a', 'b']);
    expect(newReports(state)).toBe(3);
    expect(mayHandleReports(state)).toBe(true);
    expect(mayHandleReports(STATE)).toBe(false);
    const staff = { ...STATE, user: { ...ADA, guest: false, roles: ['moderator' as const] }, channels: {} };
    expect(mayHandleReports(staff)).toBe(true);
  });

  it('[PAGE-82] end with word to whoever made them', () => {
    expect(reportEnd({ type: 'report:resolved', data: { outcome: 'actioned' } })).toContain(
      'have done something',
    );
    expect(reportEnd({ type: 'report:resolved', data: { outcome: 'dismissed' } })).toContain(
      'left it as it is',
    );
    expect(reportEnd({ type: 'report:created' })).toBeNull();
  });
});

describe('roles of a channel', () => {
  it('[PAGE-85] are read as they are told, and who had one stays in sight', () => {
    const told = [{ user: ADA, role: 'owner' }, { user: BOB, role: 'king' }, null, { role: 'owner' }];
    expect(readRoles({ items: told })).toEqual([{ user: ADA, role: 'owner' }]);
    expect(readRoles(undefined)).toEqual([]);
    const bob = { user: BOB, role: 'moderator' } as const;
    const ada = { user: ADA, role: 'owner' } as const;
    expect(withFormer([bob], [ada])).toEqual([ada, { user: BOB, role: 'member' }]);
    expect(withFormer([bob], [bob])).toEqual([bob]);
  });

  it('[PAGE-85] are given by owners and staff', () => {
    const owning = after(event('member:role', { user: ADA, role: 'owner', by: BOB }));
    const moderating = after(event('member:role', { user: ADA, role: 'moderator', by: BOB }));
    const staff: SignedIn = { ...STATE, user: { ...ADA, guest: false, roles: ['moderator'] } };
    const mays = [STATE, moderating, owning, staff].map((state) => mayGiveRoles(state, 'c'));
    expect(mays).toEqual([false, false, true, true]);
  });
});
