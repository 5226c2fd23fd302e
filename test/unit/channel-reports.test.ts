import { describe, expect, it } from 'vitest';
import type { Effect, ReportAnswer, ReportRequest } from '../../src/channel/effects.ts';
import { reportsAnswered } from '../../src/channel/reports.ts';
import { failure } from '../../src/protocol/errors.ts';
import { MAX_PAGE_BYTES } from '../../src/protocol/limits.ts';
import type { Report } from '../../src/protocol/reports.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const owner = userOf('owner');
const mod = userOf('mod', { roles: ['user', 'moderator'] });
const ref = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });
const codeOf = ([effect]: readonly Effect[]) => frameOf(effect).data['code'];

/** Ada, Bob with two tabs, the owner, and a moderator of the whole server are in; Ada has said something. */
function scene() {
  const machine = new ChannelMachine();
  for (const [index, user] of [ada, bob, bob, owner, mod].entries()) machine.join(index + 1, user);
  machine.state.members.set(owner.id, { name: 'owner', role: 'owner', joinedAt: 1 });
  machine.state.exists = true;
  const requestOf = (effects: readonly Effect[]): ReportRequest => {
    const [effect, ...rest] = effects;
    if (effect?.kind !== 'reports' || rest.length > 0) throw new Error(JSON.stringify(effects));
    return effect.request;
  };
  return {
    machine,
    ask: (type: string, data: object, user = bob, connection = 2) =>
      machine.run(type, connection, user, data),
    /** What the store answers is told. */
    answered: (effects: readonly Effect[], answer: ReportAnswer) =>
      reportsAnswered(machine.state, requestOf(effects), answer, machine.context),
    taskOf: (effects: readonly Effect[]) => requestOf(effects).task,
  };
}

const REPORT: Report = {
  ...{ id: 'r1', channelId: 'room', state: 'open', reporter: ref(bob), reason: 'spam', createdAt: 1 },
  message: { id: 'm1', author: ref(ada), content: 'buy', timestamp: 1 },
  context: [],
};
const REPORTING = { id: 'm1', reason: 'spam' };

describe('message:report', () => {
  it('[REPORT-1] is for whoever is in the channel, muted or not', () => {
    const { machine, ask, taskOf } = scene();
    const { now } = machine.context;
    const muted = { kind: 'mute', user: bob.id, name: 'bob', by: 'mod', byName: 'mod', until: null } as const;
    machine.state.sanctions.mute.set(bob.id, muted);
    expect(taskOf(ask('message:report', REPORTING))).toEqual({
      do: 'file',
      report: {
        ...{ id: expect.any(String), channelId: machine.state.id, messageId: 'm1' },
        ...{ reporter: ref(bob), seesAll: false, reason: 'spam', at: now },
      },
    });
    expect(codeOf(ask('message:report', REPORTING, bob, 99))).toBe('not_member');
    for (const reason of [' \n', 'a\0b', 'half \ud800']) {
      expect(codeOf(ask('message:report', { ...REPORTING, reason }))).toBe('bad_request');
    }
  });

  it('[REPORT-4] is acknowledged, and told to moderators who are here', () => {
    const { machine, ask, answered } = scene();
    const [ack, ...told] = answered(ask('message:report', REPORTING), { report: REPORT, duplicate: false });
    expect(frameOf(ack)).toMatchObject({ type: 'ack', data: { id: 'r1' } });
    const to = told.map((effect) => (effect.kind === 'send' ? effect.to : effect.kind));
    expect(to).toEqual([4, 5, 'moderators']);
    const frame = frameOf(told[0]);
    expect(frame).toMatchObject({ type: 'report:created', channelId: machine.state.id, data: REPORT });
    expect(frame).not.toHaveProperty('seq');
  });

  it('[REPORT-4] is not told to the author of the message, moderator or not', () => {
    const { ask, answered } = scene();
    const report = { ...REPORT, message: { ...REPORT.message, author: ref(mod) } };
    const [, ...told] = answered(ask('message:report', REPORTING), { report, duplicate: false });
    expect(told).toMatchObject([
      { kind: 'send', to: 4 },
      { kind: 'moderators', but: mod.id },
    ]);
  });

  it('[REPORT-3] a duplicate says so, and nobody hears of it again', () => {
    const { ask, answered } = scene();
    const [ack, ...told] = answered(ask('message:report', REPORTING), { report: REPORT, duplicate: true });
    expect(frameOf(ack).data).toEqual({ id: 'r1', duplicate: true });
    expect(told).toEqual([]);
  });

  it('[REPORT-1] what the store refuses is refused', () => {
    const { ask, answered } = scene();
    const problem = failure('not_found', 'no such message');
    expect(codeOf(answered(ask('message:report', REPORTING), problem))).toBe('not_found');
  });
});

describe('report:list, report:claim and report:resolve', () => {
  const REQUESTS = [
    ['report:list', {}],
    ['report:claim', { id: 'r1' }],
    ['report:resolve', { id: 'r1', outcome: 'dismissed' }],
  ] as const;

  it('[REPORT-5] [REPORT-7] are for moderators of the channel and staff, in the channel or not', () => {
    const { machine, ask, taskOf } = scene();
    for (const [type, data] of REQUESTS) {
      expect(codeOf(ask(type, data))).toBe('forbidden');
      for (const [user, connection] of [
        [owner, 4],
        [mod, 5],
        [mod, 99],
      ] as const) {
        expect(JSON.stringify(taskOf(ask(type, data, user, connection)))).toContain(machine.state.id);
      }
    }
    machine.state.private = true;
    for (const [type, data] of REQUESTS) expect(codeOf(ask(type, data, userOf('eve'), 99))).toBe('not_found');
    const nowhere = new ChannelMachine();
    nowhere.state.exists = false;
    for (const [type, data] of REQUESTS) expect(codeOf(nowhere.run(type, 1, mod, data))).toBe('not_found');
  });

  it('[REPORT-5] a list is answered within the size of a page', () => {
    const { ask, answered, taskOf } = scene();
    const asked = ask('report:list', { state: 'open', after: 'r9', limit: 50 }, mod, 5);
    expect(taskOf(asked)).toMatchObject({ query: { state: 'open', after: 'r9', limit: 50, by: mod.id } });
    expect(taskOf(ask('report:list', {}, mod, 5))).toMatchObject({ query: { limit: 20 } });
    const [answer] = answered(asked, { items: [REPORT], hasMore: true });
    expect(frameOf(answer)).toMatchObject({ type: 'reports', data: { items: [REPORT], hasMore: true } });
    const large = { ...REPORT, message: { ...REPORT.message, content: 'x'.repeat(MAX_PAGE_BYTES / 2) } };
    const [page] = answered(asked, { items: [large, large, large], hasMore: false });
    expect(frameOf(page).data).toEqual({ items: [large], hasMore: true });
  });

  it('[REPORT-8] whoever reported is told of the end, once, and not by whom', () => {
    const { machine, ask, answered } = scene();
    const asked = ask('report:resolve', { id: 'r1', outcome: 'actioned', note: 'Muted.' }, mod, 5);
    const report: Report = {
      ...{ ...REPORT, state: 'resolved', resolvedBy: ref(mod), outcome: 'actioned', note: 'Muted.' },
    };
    const [ack, tell, ...rest] = answered(asked, { report, duplicate: false });
    expect(frameOf(ack)).toMatchObject({ type: 'ack', data: { id: 'r1' } });
    expect(tell).toMatchObject({ kind: 'tell', user: bob.id });
    expect(JSON.parse((tell as { frame: string }).frame)).toEqual({
      ...{ type: 'report:resolved', channelId: 'room', timestamp: machine.context.now },
      data: { id: 'r1', messageId: 'm1', outcome: 'actioned' },
    });
    expect(rest).toEqual([]);
    expect(answered(asked, { report, duplicate: true })).toHaveLength(1);
    const claim = ask('report:claim', { id: 'r1' }, mod, 5);
    expect(answered(claim, { report: REPORT, duplicate: false })).toHaveLength(1);
    expect(codeOf(ask('report:resolve', { id: 'r1', outcome: 'actioned', note: ' ' }, mod, 5))).toBe(
      'bad_request',
    );
  });
});
