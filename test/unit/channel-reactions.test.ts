import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { versionsRead } from '../../src/channel/page-reads.ts';
import type { AppendEntry } from '../../src/log/entry.ts';
import { isReaction } from '../../src/protocol/emoji.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const mod = userOf('mod', { roles: ['user', 'moderator'] });
const refOf = ({ id, name }: typeof ada) => ({ id, name });
const kinds = (effects: readonly Effect[]) => effects.map(({ kind }) => kind);
const codeOf = (effects: readonly Effect[]) => frameOf(effects[0]).data['code'];

function entryOf(effects: readonly Effect[]): AppendEntry {
  const [effect] = effects;
  if (effect?.kind !== 'append' || effects.length > 1) throw new Error(`no append: ${kinds(effects).join()}`);
  return effect.entry;
}

/** What `effects` append is committed, acknowledged and shown. */
function commit(machine: ChannelMachine, effects: readonly Effect[]): Effect[] {
  const event = machine.append(entryOf(effects));
  const { id, seq } = event;
  return [...machine.settle(id, { id, seq, duplicate: false }), ...machine.publish(event)];
}

/** Ada, Bob and a moderator are in, and Ada said something, at 1. */
function said(bounds = { events: 2_000, size: 4_000_000 }) {
  const machine = new ChannelMachine(bounds);
  for (const [index, user] of [ada, bob, mod].entries()) machine.join(index + 1, user);
  const effects = machine.run('message:send', 1, ada, { content: 'first' });
  commit(machine, effects);
  return { machine, id: entryOf(effects).id };
}

const react = (machine: ChannelMachine, messageId: string, emoji = '👍', by = bob, connection = 2) =>
  machine.run('reaction:add', connection, by, { messageId, emoji });
/** What the newest page tells, event by event. */
const told = (machine: ChannelMachine) =>
  (frameOf(machine.run('history:get', 2, bob)[0]).data['events'] as { data: Record<string, unknown> }[]).map(
    (event) => event.data,
  );

describe('reactions', () => {
  it('[REACT-1] reaction:add and reaction:remove are acknowledged with a seq and shown to all', () => {
    const { machine, id } = said();
    const effects = react(machine, id);
    expect(entryOf(effects)).toMatchObject({
      ...{ type: 'reaction:added', sender: bob.id },
      reacts: { target: id, emoji: '👍', isAdded: true },
    });
    const [ack, shown] = commit(machine, effects);
    expect(frameOf(ack).data).toEqual({ seq: 2 });
    expect(frameOf(shown)).toMatchObject({ type: 'reaction:added', seq: 2 });
    expect(frameOf(shown).data).toEqual({ messageId: id, emoji: '👍', user: refOf(bob) });
    const twin = entryOf(react(machine, id));
    const [second] = machine.settle(twin.id, { id: entryOf(effects).id, seq: 2, duplicate: true });
    expect(frameOf(second).data).toEqual({ seq: 2, duplicate: true });
    expect(told(machine)[0]).toMatchObject({ reactions: [{ emoji: '👍', users: [bob.id] }] });
    const removal = machine.run('reaction:remove', 2, bob, { messageId: id, emoji: '👍' });
    expect(frameOf(commit(machine, removal)[1])).toMatchObject({ type: 'reaction:removed', seq: 3 });
    expect(told(machine)[0]).not.toHaveProperty('reactions');
  });

  it.each([
    ...['👍', '❤️', '❤', '👩🏽‍💻', '🏳️‍🌈', '👨‍👩‍👧‍👦', '🇪🇺', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🫠', '👩‍❤️‍💋‍👨'],
    ...[':+1:', ':tada:', ':a_b-2:', `:${'x'.repeat(32)}:`],
  ])('[REACT-2] %s is one', (emoji) => {
    expect(isReaction(emoji)).toBe(true);
  });

  it.each([
    ...['', 'a', '1', '#', '👍👍', '👍 ', ' 👍', '🇪', '\u200d', '\ufe0f', '👍a', 'é', '漢', '<b>', '🏽'],
    ...['::', ':A:', ':a b:', `:${'x'.repeat(33)}:`, ':a:b:', `👍${'\u200d👍'.repeat(30)}`, '\ud83d', 'a\0'],
  ])('[REACT-2] %j is none', (emoji) => {
    expect(isReaction(emoji)).toBe(false);
    const { machine, id } = said();
    expect(codeOf(react(machine, id, emoji))).toBe('bad_request');
  });

  it('[REACT-2] on what is no message here, or gone, are not_found; permission comes first', () => {
    const { machine, id } = said();
    commit(machine, react(machine, id));
    const reaction = machine.log[1]!.id;
    expect(codeOf(react(machine, reaction))).toBe('not_found');
    expect(codeOf(machine.answerFind(react(machine, 'nothing'), null))).toBe('not_found');
    expect(codeOf(react(machine, 'a\0'))).toBe('not_found');
    expect(codeOf(react(machine, id, 'x', ada, 9))).toBe('not_member');
    machine.policy = { ...OPEN_POLICY, guests: 'read' };
    expect(codeOf(react(machine, id, 'x', { ...ada, guest: true, roles: ['guest'] }, 1))).toBe('forbidden');
    expect(codeOf(react(machine, id, '👍', { ...ada, mutedUntil: null }, 1))).toBe('muted');
    machine.policy = OPEN_POLICY;
    const late = entryOf(react(machine, id, '🎉'));
    commit(machine, machine.run('message:delete', 1, ada, { id }));
    expect(codeOf(react(machine, id))).toBe('not_found');
    expect(codeOf(machine.settle(late.id, { id: late.id, seq: 0, duplicate: false }))).toBe('not_found');
    expect(told(machine)[0]).toEqual({ id, author: refOf(ada), deleted: true });
  });

  it('[REACT-3] one more than the bounds is a conflict, those on their way counted', () => {
    const { machine, id } = said();
    const user = (nth: number) => userOf(`u${nth}`);
    const short = (nth: number) => `:e${nth}:`;
    for (let nth = 0; nth < 19; nth += 1) commit(machine, react(machine, id, short(nth)));
    const waiting = react(machine, id, short(19));
    expect(codeOf(react(machine, id, short(20)))).toBe('conflict');
    expect(kinds(react(machine, id, short(19), ada, 1))).toEqual(['append']);
    commit(machine, waiting);
    expect(codeOf(react(machine, id, short(20)))).toBe('conflict');
    // Twenty, and one of Ada's on its way.
    for (let nth = 0; nth < 479; nth += 1) {
      machine.join(10 + nth, user(nth));
      expect(kinds(react(machine, id, short(0), user(nth), 10 + nth))).toEqual(['append']);
    }
    expect(codeOf(react(machine, id, short(0), mod, 3))).toBe('conflict');
    // What stands so already is the log's to tell.
    expect(kinds(react(machine, id, short(0)))).toEqual(['append']);
  });

  it('[REACT-3] [REACT-4] one to a message that is not at hand waits until that is found, with its reactions', () => {
    const { machine, id } = said({ events: 1, size: 1_000_000 });
    machine.grow(2);
    const asked = react(machine, id);
    expect(kinds(asked)).toEqual(['find']);
    const full = Array.from({ length: 20 }, (_, nth) => ({ emoji: `:e${nth}:`, users: ['u'] }));
    const event = machine.log[0]!;
    const data = JSON.stringify({ ...(JSON.parse(event.data) as object), reactions: full });
    expect(codeOf(machine.answerFind(asked, { ...event, data }))).toBe('conflict');
    expect(machine.state).toMatchObject({ reads: 0 });
  });
});

describe('a join', () => {
  it('[RESUME-5] reaches back over the newest messages, whatever lies between', () => {
    const { machine, id } = said({ events: 12, size: 1_000_000 });
    machine.grow(3);
    for (const user of ['u', 'v', 'w']) {
      machine.join(9, userOf(user));
      commit(machine, react(machine, id, '👍', userOf(user), 9));
    }
    const page = (limit: number) => {
      const effects = machine.answerRead(machine.join(2, bob, { limit }));
      const told = effects.find((effect) => effect.kind === 'send');
      const { events, hasMore } = frameOf(told).data;
      return [(events as { seq: number }[]).map(({ seq }) => seq), hasMore];
    };
    expect(page(1)).toEqual([[4, 5, 6, 7], true]);
    expect(page(4)).toEqual([[1, 2, 3, 4, 5, 6, 7], false]);
    expect(machine.join(2, bob, { limit: 5 }).map(({ kind }) => kind)).not.toContain('read');
    machine.grow(10);
    expect(page(11)).toEqual([Array.from({ length: 14 }, (_, nth) => nth + 4), true]);
    expect(machine.join(2, bob, { limit: 11 }).map(({ kind }) => kind)).toContain('read');
  });
});

describe('replies', () => {
  const reply = (machine: ChannelMachine, replyTo: string, more: object = {}) =>
    machine.run('message:send', 2, bob, { content: 'reply', replyTo, ...more });

  it('[REPLY-2] [REPLY-3] are shown with a quote that follows, and counted at the root', () => {
    const { machine, id } = said();
    const effects = reply(machine, id);
    expect(entryOf(effects)).toMatchObject({ needs: id, changes: [{ kind: 'reply', root: id }] });
    expect(entryOf(effects).data).not.toContain('first');
    const first = entryOf(effects).id;
    const quote = { id, author: refOf(ada), content: 'first' };
    expect(frameOf(commit(machine, effects)[1]).data).toMatchObject({ replyTo: id, quote });
    const second = reply(machine, first);
    expect(entryOf(second).changes).toEqual([{ kind: 'reply', root: id }]);
    const { data } = frameOf(commit(machine, second)[1]);
    expect(data).toMatchObject({ replyTo: first, root: id, quote: { id: first, content: 'reply' } });
    const lastAt = machine.context.now;
    expect(told(machine)[0]).toMatchObject({ thread: { count: 2, lastAt } });

    const waiting = reply(machine, id);
    commit(machine, machine.run('message:update', 1, ada, { id, content: 'x'.repeat(300) }));
    expect(told(machine)[1]).toMatchObject({ quote: { content: 'x'.repeat(200) } });
    expect(frameOf(commit(machine, waiting)[1]).data).toMatchObject({ quote: { content: 'x'.repeat(200) } });
    const gone = machine.run('message:delete', 2, bob, { id: first });
    expect(JSON.parse(entryOf(gone).data)).toEqual({ id: first, by: refOf(bob), root: id });
    commit(machine, gone);
    expect(told(machine)[0]).toMatchObject({ thread: { count: 2 } });
    expect(told(machine)[1]).toEqual({ id: first, author: refOf(bob), deleted: true, root: id });
    expect(told(machine)[2]).toMatchObject({ quote: { id: first, author: refOf(bob), deleted: true } });
  });

  it('[REPLY-1] to what does not stand here are not_found', () => {
    const { machine, id } = said();
    expect(codeOf(machine.answerFind(reply(machine, 'nothing'), null))).toBe('not_found');
    const late = entryOf(reply(machine, id));
    commit(machine, machine.run('message:delete', 1, ada, { id }));
    expect(codeOf(reply(machine, id))).toBe('not_found');
    expect(codeOf(reply(machine, machine.log[1]!.id))).toBe('not_found');
    expect(codeOf(machine.settle(late.id, { id: late.id, seq: 0, duplicate: false }))).toBe('not_found');
    expect(machine.state.quotes.size).toBe(0);
  });

  it('[REPLY-1] with a client’s id may be retries of what landed: the log is asked', () => {
    const { machine, id } = said();
    const clientMessageId = 'k';
    const first = entryOf(commitLater(reply(machine, id, { clientMessageId })));
    commit(machine, machine.run('message:delete', 1, ada, { id }));
    const again = entryOf(reply(machine, id, { clientMessageId }));
    expect(again).toMatchObject({ clientMessageId, needs: id });
    const [ack] = machine.settle(again.id, { id: first.id, seq: 2, duplicate: true });
    expect(frameOf(ack).data).toEqual({ id: first.id, seq: 2, duplicate: true });

    function commitLater(effects: readonly Effect[]) {
      commit(machine, effects);
      return effects;
    }
  });

  it('[REPLY-1] twins that wait for the same message are one', () => {
    const { machine, id } = said({ events: 1, size: 1_000_000 });
    machine.grow(2);
    const asked = reply(machine, id, { clientMessageId: 'k' });
    expect(kinds(asked)).toEqual(['find']);
    expect(reply(machine, id, { clientMessageId: 'k' })).toEqual([]);
    expect(kinds(machine.answerFind(asked, machine.log[0]!))).toEqual(['append']);
  });
});

describe('pins and versions', () => {
  const pin = (machine: ChannelMachine, id: string, how = 'message:pin', by = mod, connection = 3) =>
    machine.run(how, connection, by, { id });

  it('[AUDIT-11] [PIN-1] message:pin and message:unpin are moderators’; what stands so already is not shown again', () => {
    const { machine, id } = said();
    expect(codeOf(pin(machine, id, 'message:pin', ada, 1))).toBe('forbidden');
    expect(codeOf(pin(machine, 'nothing', 'message:unpin', ada, 1))).toBe('forbidden');
    const effects = pin(machine, id);
    expect(entryOf(effects)).toMatchObject({
      ...{ type: 'message:pinned', needs: id },
      audit: { action: 'message:pinned', target: { kind: 'message', id } },
    });
    // A second one waits for the first.
    expect(pin(machine, id)).toEqual([]);
    const [ack, twin, shown] = commit(machine, effects);
    expect(frameOf(ack).data).toEqual({ id, seq: 2 });
    expect(frameOf(twin).data).toEqual({ id, seq: 2, duplicate: true });
    expect(frameOf(shown).data).toEqual({ id, by: refOf(mod) });
    expect(frameOf(pin(machine, id)[0]).data).toEqual({ id, duplicate: true });
    const back = pin(machine, id, 'message:unpin');
    // What is about to be unpinned can be pinned again.
    const anew = pin(machine, id);
    expect(frameOf(commit(machine, back)[1])).toMatchObject({ type: 'message:unpinned', seq: 3 });
    commit(machine, anew);
    expect([...machine.state.pins]).toEqual([id]);
    expect(frameOf(machine.answerFind(pin(machine, 'nothing'), null)[0]).data['code']).toBe('not_found');
  });

  it('[PIN-2] one more than fifty is a conflict; a deletion makes room', () => {
    const { machine, id } = said();
    machine.grow(50);
    for (let nth = 0; nth < 49; nth += 1) commit(machine, pin(machine, `grown-${nth + 2}`));
    const waiting = pin(machine, id);
    expect(codeOf(pin(machine, 'grown-51'))).toBe('conflict');
    commit(machine, waiting);
    expect(codeOf(pin(machine, 'grown-51'))).toBe('conflict');
    commit(machine, machine.run('message:delete', 1, ada, { id }));
    expect(kinds(pin(machine, 'grown-51'))).toEqual(['append']);
  });

  it('[PIN-3] pins:get tells them page by page, of the ring or of the log', () => {
    const { machine, id } = said();
    machine.grow(14, 20_000);
    const ids = [id, ...Array.from({ length: 14 }, (_, nth) => `grown-${nth + 2}`)];
    for (const one of ids) commit(machine, pin(machine, one));
    const get = (data: object = {}) => machine.run('pins:get', 2, bob, data);
    const page = frameOf(get()[0]).data;
    expect(page).toMatchObject({ seq: 30, hasMore: true });
    const first = (page['events'] as { data: { id: string } }[]).map(({ data }) => data.id);
    expect(first).toEqual(ids.slice(0, first.length));
    const rest = frameOf(get({ after: first.at(-1)! })[0]).data;
    expect(rest).toMatchObject({ hasMore: false });
    expect((rest['events'] as { data: { id: string } }[]).map(({ data }) => data.id)).toEqual(
      ids.slice(first.length),
    );
    expect(codeOf(get({ after: 'nothing' }))).toBe('not_found');
    expect(codeOf(machine.run('pins:get', 9, bob))).toBe('not_member');
    machine.state.ring.clear();
    expect(get()).toMatchObject([{ kind: 'select', selection: { kind: 'events', ids } }]);
  });

  it('[EDIT-1] message:versions is for those who look after the channel', () => {
    const { machine, id } = said();
    const ask = (by: typeof ada, connection: number, data: object = { id }) =>
      machine.run('message:versions', connection, by, data);
    expect(codeOf(ask(ada, 1))).toBe('forbidden');
    const [effect] = ask(mod, 3, { id, before: 7, limit: 2 });
    expect(effect).toMatchObject({ kind: 'versions', id, range: { before: 7, limit: 2 } });
    const waiter = { connection: 3, ref: 'r' };
    const answer = (result: Parameters<typeof versionsRead>[2]) =>
      frameOf(versionsRead(machine.state, { id, range: { limit: 2 }, waiter }, result, machine.context)[0]);
    const items = [{ version: 6, content: 'a', replacedAt: 1 }];
    expect(answer({ items, hasMore: true })).toMatchObject({
      type: 'versions',
      data: { items, hasMore: true },
    });
    ask(mod, 3);
    expect(answer(null).data['code']).toBe('not_found');
    // They were read before it was deleted.
    ask(mod, 3);
    commit(machine, machine.run('message:delete', 1, ada, { id }));
    expect(answer({ items, hasMore: true }).data).toEqual({ items: [], hasMore: false });
    expect(machine.state.reads).toBe(0);
  });
});
