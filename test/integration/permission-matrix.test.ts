/**
 * Who may do what: every message type, route and slash command by who asks and about what, against a real server. The
 * tables are in test/permissions; a type, route or command without a row fails, and so does a row without one.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { SLASH_COMMANDS } from '../../src/channel/slash/slash-commands.ts';
import { GATEWAY_COMMANDS } from '../../src/gateway/registry.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import { Asker, typeOf } from '../permissions/ask.ts';
import { COMMAND_TABLE } from '../permissions/command-table.ts';
import { permissionsDocument } from '../permissions/document.ts';
import { MESSAGE_TABLE } from '../permissions/message-table.ts';
import { everyone } from '../permissions/outcomes.ts';
import { ROUTE_TABLE } from '../permissions/route-table.ts';
import { World } from '../permissions/world.ts';
import { rest } from '../support/account-client.ts';
import { testHttp } from '../support/http.ts';
import { refusedUpgrade, WireClient } from '../support/wire-client.ts';

let world: World;
let asker: Asker;
beforeAll(async () => {
  world = await World.open();
  asker = new Asker(world);
});
afterAll(async () => {
  asker.close();
  await world.close();
  expect(world.server.output(), 'what the server logged').not.toMatch(/"level":"(?:error|fatal)"/);
});

/** The table's rows are of what there is, and nothing is without. */
function sameNames(rows: readonly string[], names: readonly string[]): void {
  const known = new Set(rows.map(typeOf).filter((name) => name !== ''));
  expect({ withoutRow: names.filter((name) => !known.has(name)) }).toEqual({ withoutRow: [] });
  const there = new Set(names);
  expect({ ofNothing: [...known].filter((name) => !there.has(name)) }).toEqual({ ofNothing: [] });
}

describe('the check', () => {
  it('[PERM-5] finds what has no row, a row of nothing, and a cell that is wrong', async () => {
    expect(() => {
      sameNames(['ping'], ['ping', 'wave:send']);
    }).toThrow(/wave:send/);
    expect(() => {
      sameNames(['ping', 'wave:send (left)'], ['ping']);
    }).toThrow(/wave:send/);
    const { ping } = MESSAGE_TABLE;
    if (ping === undefined) throw new Error('no row');
    const wrong = await asker.message('ping', { ...ping, own: everyone('ok', { owner: 'forbidden' }) });
    expect(wrong).toEqual([expect.stringContaining('ping, owner, own: forbidden was expected, came ok')]);
  });
});

describe('messages', () => {
  it('[PERM-5] every type has a row, and every row a type', () => {
    const types = [...CHANNEL_COMMANDS, ...INBOX_COMMANDS, ...GATEWAY_COMMANDS].map(({ type }) => type);
    sameNames(Object.keys(MESSAGE_TABLE), types);
  });

  it.each(Object.entries(MESSAGE_TABLE))('[PERM-5, PERM-6] %s', async (name, row) => {
    expect(await asker.message(name, row)).toEqual([]);
  });
});

describe('data of a wrong form', () => {
  const types = new Set([...CHANNEL_COMMANDS, ...INBOX_COMMANDS].map(({ type }) => type as string));
  // Of a type that has variants the first is the one that takes least.
  const rows = Object.entries(MESSAGE_TABLE).filter(([name]) => types.delete(typeOf(name)));

  it.each(rows)('[PERM-2] %s: who may ask at all is decided first', async (name, row) => {
    expect(await asker.malformed(name, row)).toEqual([]);
  });
});

describe('slash commands', () => {
  it('[PERM-5] every command has a row, and every row a command', () => {
    sameNames(Object.keys(COMMAND_TABLE), ['help', ...SLASH_COMMANDS.map(({ name }) => name)]);
  });

  it.each(Object.entries(COMMAND_TABLE))('[PERM-5, PERM-6] /%s', async (name, row) => {
    expect(await asker.command(name, row)).toEqual([]);
  });
});

describe('routes', () => {
  it('[PERM-5] every route has a row, and every row a route', async () => {
    const { app } = await testHttp();
    await app.ready();
    sameNames(Object.keys(ROUTE_TABLE), routesOf(app.printRoutes({ commonPrefix: false })));
    await app.close();
  });

  it.each(Object.entries(ROUTE_TABLE))('[PERM-5, PERM-6] %s', async (name, row) => {
    expect(await asker.route(name, row)).toEqual([]);
  });
});

describe('people who are away', () => {
  it('[PERM-4] have their rank: an owner acts on no administrator', async () => {
    const id = await world.absentAdministrator();
    const { client } = world.actor('owner', 0);
    for (const type of ['channel:kick', 'channel:mute', 'user:ban', 'channel:role', 'message:purge']) {
      const data = { user: { id }, seconds: 60, role: 'moderator' };
      expect((await client?.request(type, 'lobby', data))?.data.code, type).toBe('forbidden');
    }
  });
});

describe('who is blocked', () => {
  it('[MEMBER-1] [WHISPER-14] invites their blocker as they would invite nobody', async () => {
    const [owner, member] = [world.actor('owner', 1), world.actor('member', 1)];
    await member.client?.request('user:block', undefined, { user: { id: owner.id } });
    const invite = async (id: string) => owner.client?.request('channel:invite', 'lobby', { user: { id } });
    const [blocker, nobody] = [await invite(member.id), await invite('nobody')];
    expect(blocker?.data).toMatchObject({ code: 'not_found' });
    expect(blocker?.data).toEqual(nobody?.data);
    await member.client?.request('user:unblock', undefined, { user: { id: owner.id } });
    expect((await invite(member.id))?.type).toBe('ack');
  });
});

describe('at the door', () => {
  it('[PERM-5] somebody revoked, and somebody banned everywhere, is refused', async () => {
    const { token } = world.actor('revoked', 0);
    expect((await refusedUpgrade(world.server.url, { query: { token } })).status).toBe(401);
    const banned = await world.bannedEverywhere();
    expect((await refusedUpgrade(world.server.url, { query: { token: banned } })).status).toBe(403);
    expect((await rest(world.server.url, 'GET', '/me', { token: banned })).status).toBe(403);
    const greeting = await WireClient.connect(world.server.url);
    greeting.send({ type: 'hello', data: { token: banned } });
    expect((await greeting.closed).code).toBe(4003);
  });
});

describe('docs/permissions.md', () => {
  it('[PERM-5] is what the tables say; `npm run permissions` writes it', async () => {
    const file = new URL('../../docs/permissions.md', import.meta.url);
    const isUpToDate = readFileSync(file, 'utf8') === (await permissionsDocument());
    expect(isUpToDate, 'docs/permissions.md is out of date: run `npm run permissions`').toBe(true);
  });
});

/** `GET /path` of the router's own list, without HEAD. */
function routesOf(printed: string): string[] {
  const routes: string[] = [];
  const above: string[] = [];
  for (const line of printed.split('\n')) {
    const found = /^(.*?[├└]── )(.*?)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (found === null) continue;
    const [, indent = '', part = '', methods = ''] = found;
    const depth = indent.length / 4 - 1;
    above.length = depth;
    above.push(part === '*' ? '/*' : part);
    for (const method of methods.split(', ')) {
      if (method !== '' && method !== 'HEAD') routes.push(`${method} ${above.join('')}`);
    }
  }
  return routes;
}
