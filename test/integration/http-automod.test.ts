import { afterEach, describe, expect, it } from 'vitest';
import type { AutomodRule, AutomodRuleInput } from '../../src/protocol/automod-rules.ts';
import { testHttp, type TestHttp } from '../support/http.ts';

let open: TestHttp | undefined;
afterEach(async () => {
  await open?.app.close();
  open = undefined;
});

const RULE: AutomodRuleInput = {
  ...{ name: 'no ads', enabled: true },
  when: { kind: 'words', words: ['free nitro'] },
  action: { kind: 'refuse', text: 'no ads here' },
  channels: ['general', 'help-*'],
};

async function staffed(role: 'moderator' | 'admin' = 'moderator') {
  open = await testHttp();
  const { app, bearer } = open;
  const headers = await bearer('mod', role);
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: unknown) => {
    const answer = await app.inject({
      ...{ method, url, headers },
      ...(payload === undefined ? {} : { payload: payload as object }),
    });
    const body: unknown = answer.body === '' ? null : answer.json();
    return { status: answer.statusCode, body: body as AutomodRule & { readonly code: string } };
  };
  const all = async () =>
    (await app.inject({ url: '/automod/rules', headers })).json<{
      items: AutomodRule[];
      has_more: boolean;
    }>();
  const make = async (rule: unknown = RULE) => call('POST', '/automod/rules', rule);
  return { ...open, call, all, make };
}

describe('/automod/rules', () => {
  it('[AUTOMOD-13] makes, lists, changes and takes away rules', async () => {
    const { call, all, make } = await staffed();
    expect(await all()).toEqual({ items: [], has_more: false });
    const made = await make({ ...RULE, extra: 1, when: { ...RULE.when, more: 2 } });
    expect(made).toEqual({ status: 201, body: { ...RULE, id: expect.any(String), version: 1 } });
    const url = `/automod/rules/${made.body.id}`;
    const changed = await call('PATCH', url, { enabled: false, action: { kind: 'hold' }, exempt: [] });
    const now = { ...made.body, enabled: false, action: { kind: 'hold' }, exempt: [], version: 2 };
    expect(changed).toEqual({ status: 200, body: now });
    const everywhere = { ...now, channels: undefined, version: 3 };
    expect((await call('PATCH', url, { channels: null })).body).toEqual(everywhere);
    expect((await call('PATCH', url, {})).body.version).toBe(3);
    expect((await all()).items).toEqual([everywhere]);
    expect((await call('DELETE', url)).status).toBe(204);
    expect((await call('DELETE', url)).status).toBe(404);
    expect((await call('PATCH', url, {})).body.code).toBe('not_found');
    expect((await all()).items).toEqual([]);
  });

  it('[AUTOMOD-13] takes each kind of rule, and gives it back as it was', async () => {
    const { all, make } = await staffed('admin');
    const rules = [
      { when: { kind: 'pattern', pattern: '(?i)\\bx+' }, action: { kind: 'mask' } },
      { when: { kind: 'links', limit: 2, allow: ['example.org'] }, action: { kind: 'mute', seconds: 60 } },
      { when: { kind: 'mentions', limit: 5 }, action: { kind: 'hold' } },
      { when: { kind: 'repeat', times: 3, seconds: 30 }, action: { kind: 'refuse' } },
      { when: { kind: 'caps', percent: 70, letters: 10 }, action: { kind: 'refuse', text: 'quiet' } },
    ].map((rule, at) => ({ name: `r${at}`, enabled: at % 2 === 0, ...rule }));
    for (const rule of rules) expect((await make(rule)).status).toBe(201);
    expect((await all()).items).toMatchObject(rules);
  });

  it('[AUTOMOD-8] refuses a change of a version that is no more', async () => {
    const { call, make } = await staffed();
    const { body } = await make();
    const url = `/automod/rules/${body.id}`;
    expect((await call('PATCH', url, { name: 'b', version: 1 })).status).toBe(200);
    const late = await call('PATCH', url, { name: 'c', version: 1 });
    expect([late.status, late.body.code]).toEqual([409, 'conflict']);
  });

  it('[AUTOMOD-7] says what is wrong with a rule', async () => {
    const { call, all, make } = await staffed();
    const bad = [
      {},
      { ...RULE, name: '' },
      { ...RULE, when: { kind: 'nothing' } },
      { ...RULE, when: { kind: 'words', words: [] } },
      { ...RULE, when: { kind: 'words', words: ['!'] } },
      { ...RULE, when: { kind: 'words', words: ['a\0'] } },
      { ...RULE, when: { kind: 'pattern', pattern: '(?=x)' } },
      { ...RULE, when: { kind: 'caps', percent: 101, letters: 1 } },
      { ...RULE, when: { kind: 'repeat', times: 3, seconds: 3 }, action: { kind: 'mask' } },
      { ...RULE, action: { kind: 'mute' } },
      { ...RULE, action: { kind: 'mute', seconds: 0 } },
      { ...RULE, channels: [] },
      { ...RULE, channels: ['a b'] },
      { ...RULE, exempt: ['nobody'] },
    ];
    for (const rule of bad) expect(await make(rule), JSON.stringify(rule)).toMatchObject({ status: 400 });
    const { body } = await make();
    const url = `/automod/rules/${body.id}`;
    for (const rule of bad.slice(1)) expect((await call('PATCH', url, rule)).status).toBe(400);
    expect((await all()).items).toEqual([body]);
  });

  it('[AUTOMOD-13] is for moderators and administrators, whatever is sent', async () => {
    const { app, bearer, guest } = await staffed();
    const calls = [
      ['GET', '/automod/rules'],
      ['POST', '/automod/rules'],
      ['PATCH', '/automod/rules/x'],
      ['DELETE', '/automod/rules/x'],
      ['POST', '/automod/dry-run'],
    ] as const;
    for (const [method, url] of calls) {
      for (const headers of [await bearer('ada'), await guest('g')]) {
        const answer = await app.inject({ method, url, headers });
        expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'forbidden']);
      }
      expect((await app.inject({ method, url })).statusCode).toBe(401);
    }
  });
});
