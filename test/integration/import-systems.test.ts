/** Moving from other chat servers: their tables, with ugly rows in them, over a server that runs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hash } from '@node-rs/argon2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { importSystem, type SystemImport, systemCalled } from '../../src/admin-cli/import-system.ts';
import { derivedUserId } from '../../src/auth/identity.ts';
import { loadConfig } from '../../src/config.ts';
import { logIn, rest } from '../support/account-client.ts';
import { adminCommand } from '../support/admin-command.ts';
import { IssuerServer } from '../support/issuer-server.ts';
import { createDatabase, createEmptyDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { signedToken, tokenKey } from '../support/token-signer.ts';
import { closeWireClients, refusedUpgrade, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const PASSWORD = 'Correct horse 1';
const ADA = '5f0c6a4e-0000-4000-8000-00000000000a';
const BOB = '5f0c6a4e-0000-4000-8000-00000000000b';
const EVE = '5f0c6a4e-0000-4000-8000-00000000000e';
/** Of the password, as Go makes it. */
const BCRYPT = '$2a$10$abcdefghijklmnopqrstuuktWWZx0Tdi9w7sZ4oN9S6HlQfkhcpAS';
const LONG = `${'word '.repeat(900)}end`;

const ONRABBLE = `
  create schema chatserver;
  create table realm (id text primary key, name text);
  create table user_entity (id varchar(36) primary key, username text, email text, realm_id text,
    created_timestamp bigint, service_account_client_link text);
  create table chatserver.server_instances (id serial primary key, server_id uuid not null, server_name varchar(36) not null);
  create table chatserver.rate_limiter (id serial primary key, owner_id varchar(36), message_limit int, window_seconds int);
  create table chatserver.channels (id serial primary key, name varchar(24) unique, description text,
    is_private boolean default false, owner_id varchar(36), sort_order int default 0, created_at timestamp default now());
  create table chatserver.chat_messages (id serial primary key, cache_id bigint unique, owner_id varchar(36),
    channel varchar(24), message text, authored_at timestamp);
  create table chatserver.private_messages (id serial primary key, cache_id bigint unique, owner_id varchar(36),
    username varchar(64), recipient_id varchar(36), recipient varchar(64), message text, authored_at timestamp);
  create table chatserver.chat_sessions (id serial primary key, owner_id varchar(36), start_time timestamp, end_time timestamp,
    duration interval generated always as (end_time - start_time) stored);
  create table chatserver.bans (id serial primary key, owner_id varchar(36), banished_id varchar(36), start_time timestamp,
    reason varchar(256), end_time timestamp, pardoned boolean default false);

  insert into user_entity values ('${ADA}', 'ada', 'a@x', 'r1', 1700000000000, null), ('${BOB}', 'bob', null, 'r1', 1700000001000, null),
    ('${EVE}', 'eve', null, 'r1', null, null), ('00000000-1111-4000-8000-000000000000', 'service-account-x', null, 'r1', null, 'x');
  insert into chatserver.server_instances (server_id, server_name) values ('6c1f3a2e-89ab-4cde-8f01-23456789abcd', 'The Rabble');
  insert into chatserver.rate_limiter (owner_id, message_limit, window_seconds) values ('default', 777, 30), ('${BOB}', 1, 1);
  insert into chatserver.channels (name, description, is_private, owner_id, sort_order) values
    ('tech', 'Bits', false, '${ADA}', 2), ('Off topic!', null, null, '00000000-0000-0000-0000-000000000000', 1),
    ('secret', 'Hush', true, '${ADA}', 3), ('open-here', 'Hush', true, '${ADA}', 4);
  insert into chatserver.chat_messages (cache_id, owner_id, channel, message, authored_at) values
    (3, '${BOB}', 'tech', 'second', '2024-03-01 10:00:01.5'), (2, '${ADA}', 'tech', 'first', '2024-03-01 10:00:00'),
    (4, '${ADA}', 'tech', '', '2024-03-01 10:00:02'), (5, '${ADA}', 'tech', 'no time', 'infinity'),
    (6, '${ADA}', 'tech', '${LONG}', '2024-03-01 10:00:03'), (7, 'gone-from-keycloak', 'old room', 'hm <b>', '2024-03-02'),
    (8, '${ADA}', 'secret', 'psst', '2024-03-03'), (9, null, 'tech', 'nobody', '2024-03-03'),
    (10, '${ADA}', 'open-here', 'not for everyone', '2024-03-04');
  insert into chatserver.private_messages (cache_id, owner_id, username, recipient_id, recipient, message, authored_at) values
    (1, '${ADA}', 'ada', '${BOB}', 'bob', 'hi bob', '2024-04-01'), (2, '${BOB}', 'bob', '${ADA}', 'ada', 'hi ada', '2024-04-02'),
    (3, '${ADA}', 'ada', '${ADA}', 'ada', 'note to self', '2024-04-03');
  insert into chatserver.chat_sessions (owner_id, start_time, end_time) values
    ('${ADA}', '2024-05-01 10:00', '2024-05-01 11:30'), ('${ADA}', '2024-05-02 10:00', '2024-05-02 09:00');
  insert into chatserver.bans (owner_id, banished_id, start_time, reason, end_time, pardoned) values
    ('${ADA}', '${EVE}', '2024-06-01', 'spam', '2024-06-02', false), ('${ADA}', '${EVE}', '2024-06-10', 'again', null, true),
    ('${ADA}', '${EVE}', '2024-06-20', 'for good', null, false), ('${ADA}', '${BOB}', '2024-06-20', null, null, null)`;

const justchat = (password: string): string => `
  create table "user" (id serial primary key, username varchar(30) unique, hashed_password varchar(255),
    created_at timestamp default now(), is_guest boolean default false);
  create table channels (id serial primary key, name varchar(60));
  create table messages (id uuid primary key, channel_id int, sender_id int references "user", sender_username varchar(30),
    "timestamp" timestamp, content varchar);
  create table mutes (id uuid primary key, target_id int, by_id int, reason varchar(255), channel_id int,
    created_at timestamp default now(), expires_at timestamp);
  insert into "user" (username, hashed_password, is_guest) values ('Grace', '${password}', false), ('grace', '${password}', false),
    ('mallory', '$scrypt$nonsense', false), ('Guest0042', '${password}', true), ('guest-of-honour', '${password}', false);
  insert into channels (name) values ('Lounge');
  insert into messages values
    ('00000000-0000-4000-8000-0000000000a1', 1, 1, 'Grace', '2024-01-01 00:00:01', 'one'),
    ('00000000-0000-4000-8000-0000000000a2', 1, null, 'Guest7777', '2024-01-01 00:00:02', 'two'),
    ('00000000-0000-4000-8000-0000000000a3', 7, 4, 'Guest0042', '2024-01-01 00:00:03', 'three');
  insert into mutes values
    ('00000000-0000-4000-8000-0000000000b1', 1, 3, 'loud', 1, '2024-01-02', null),
    ('00000000-0000-4000-8000-0000000000b2', 3, 1, null, 1, '2024-01-02', '2024-01-03')`;

let server: WireServer;
let issuer: IssuerServer;
let admin = '';
let folder = '';
const sources: TestDatabase[] = [];
const key = await tokenKey('k');

beforeAll(async () => {
  issuer = await IssuerServer.start(key);
  server = await startWireServer({
    ...{ ADMIN_PASSWORD: PASSWORD, SHARDS: '2', OIDC_ISSUERS: issuer.issuer, OIDC_CLIENT_ID: 'chat' },
    RATE_LIMIT_MESSAGES: '100',
  });
  admin = (await logIn(server.url, 'admin', PASSWORD)).token;
  folder = await mkdtemp(path.join(tmpdir(), 'hubbub-move-'));
  const payload = { name: 'Open here' };
  expect((await rest(server.url, 'POST', '/channels', { token: admin, payload })).status).toBe(201);
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output()).not.toContain('"level":"error"');
  await server.end();
  await issuer.stop();
  for (const source of sources) await source.drop();
  await rm(folder, { recursive: true });
});

async function sourceOf(sql: string): Promise<string> {
  const source = await createEmptyDatabase();
  sources.push(source);
  await withClient(source.connectionString, (client) => client.query(sql));
  return source.connectionString;
}

/** What it says, whether all came over or not. */
async function move(
  from: string,
  place: string,
  more: Partial<SystemImport> = {},
  target = server.database,
): Promise<string> {
  const config = loadConfig(
    { DATABASE_URL: target.connectionString, OIDC_ISSUERS: issuer.issuer, OIDC_CLIENT_ID: 'chat' },
    { baseDir: '/', cores: 2 },
  );
  if (!config.ok) throw new Error(config.failure.message);
  const system = systemCalled(from)!;
  const done = await importSystem(config.value, {
    ...{ system, place, issuer: undefined, map: [], dryRun: false },
    ...more,
  });
  return done.ok ? done.value : done.failure.message;
}

/** The numbers of the table at the end, by kind. */
function counts(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+) +(\d+) +(\d+) +(\d+) +(\d+) /gmu)].map(([, kind, ...numbers]) => [
      kind,
      numbers.join(' '),
    ]),
  );
}

async function tokenOf(subject: string, name: string): Promise<string> {
  return signedToken(issuer.issuer, key, Date.now(), { claims: { sub: subject, preferred_username: name } });
}

interface Page {
  readonly items: readonly {
    readonly type: string;
    readonly seq: number;
    readonly timestamp: number;
    readonly data: { content: string; author?: { id: string; name: string } };
  }[];
}

async function history(channel: string, token: string): Promise<Page['items']> {
  const page = await rest<Page>(server.url, 'GET', `/chat/history/${channel}`, { token });
  expect([channel, page.status]).toEqual([channel, 200]);
  return page.body.items;
}

describe('from OnRabble', () => {
  let url = '';
  beforeAll(async () => {
    url = await sourceOf(ONRABBLE);
  });

  it('[IMPORT-9] a dry run tells what would come, and writes nothing', async () => {
    const before = await withClient(server.database.connectionString, (client) =>
      client.query('select count(*) from events'),
    );
    const text = await move('onrabble', url, { dryRun: true });
    expect(text).toContain('Nothing was written.');
    expect(counts(text)).toMatchObject({ users: '3 3 0 0', messages: '9 5 0 4', channels: '4 3 0 1' });
    const after = await withClient(server.database.connectionString, (client) =>
      client.query('select count(*) from events'),
    );
    expect(after.rows).toEqual(before.rows);
    expect((await rest(server.url, 'GET', '/chat/history/tech', { token: admin })).status).toBe(404);
  });

  it('[IMPORT-4] [IMPORT-5] [IMPORT-6] everything comes over once, beside a server that runs, and bad rows are told', async () => {
    const live = await WireClient.connect(server.url, { query: { token: await tokenOf(EVE, 'eve') } });
    await live.welcomed();
    const text = await move('onrabble', url);
    expect(counts(text)).toEqual({
      ...{ server: '1 1 0 0', limits: '1 1 0 0', channels: '4 3 0 1', bans: '4 4 0 0' },
      // Who is connected may be known already.
      users: expect.stringMatching(/^3 [23] [01] 0$/),
      ...{ messages: '9 5 0 4', whispers: '3 3 0 0', sessions: '2 1 0 1' },
    });
    for (const told of [
      'messages: has no text: 3',
      'messages: has no sound time: 4',
      'messages: has no author: 8',
    ]) {
      expect(text).toContain(told);
    }
    expect(text).toContain('sessions: has no sound time: 2');
    // The ban that holds reaches the connection that is open.
    expect((await live.closed).code).toBe(4003);
    expect(counts(await move('onrabble', url))).toEqual({
      ...{ server: '1 0 1 0', limits: '1 0 1 0', users: '3 0 3 0', channels: '4 0 3 1', bans: '4 0 4 0' },
      ...{ messages: '9 0 5 4', whispers: '3 0 3 0', sessions: '2 0 1 1' },
    });
  });

  it('[IMPORT-5] messages are in the order of their times, from the people who log in with the same issuer', async () => {
    const token = await tokenOf(ADA, 'ada');
    const me = await rest<{ user: { id: string; name: string } }>(server.url, 'GET', '/me', { token });
    expect(me.body.user).toMatchObject({ id: derivedUserId(issuer.issuer, ADA), name: 'ada' });
    const messages = await history('tech', token);
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(messages.map(({ data }) => data.content.slice(0, 9))).toEqual([
      'first',
      'second',
      'word word',
      'word word',
    ]);
    expect(
      messages
        .slice(2)
        .map(({ data }) => data.content)
        .join(''),
    ).toBe(LONG);
    expect(messages[1]).toMatchObject({
      timestamp: Date.UTC(2024, 2, 1, 10, 0, 1, 500),
      data: { author: { id: derivedUserId(issuer.issuer, BOB), name: 'bob' } },
    });
    const wire = await WireClient.connect(server.url, { query: { token } });
    await wire.join('tech');
    expect(await wire.say('tech', 'here again')).toBe(5);
    const [strange] = await history('old-room-' + (await idEnding('old-room-')), admin);
    expect(strange?.data).toMatchObject({ content: 'hm <b>', author: { name: 'Unknown' } });
  });

  async function idEnding(prefix: string): Promise<string> {
    const { body } = await rest<{ items: { id: string }[] }>(
      server.url,
      'GET',
      `/channels?prefix=${prefix}`,
      { token: admin },
    );
    return body.items[0]!.id.slice(prefix.length);
  }

  it('[IMPORT-5] [IMPORT-10] channels keep their order, description and privacy; who wrote in a private one belongs to it', async () => {
    const list = async (token: string) =>
      (
        await rest<{ items: { id: string; description?: string; private: boolean }[] }>(
          server.url,
          'GET',
          '/channels',
          { token },
        )
      ).body.items;
    const ids = (await list(await tokenOf(ADA, 'ada'))).map(({ id }) => id);
    expect(ids.slice(0, 3)).toEqual([expect.stringMatching(/^off-topic-[0-9a-f]{8}$/), 'tech', 'secret']);
    expect((await list(admin)).find(({ id }) => id === 'tech')).toMatchObject({
      description: 'Bits',
      private: false,
    });
    const bob = await tokenOf('5f0c6a4e-0000-4000-8000-0000000000ff', 'somebody');
    expect((await list(bob)).map(({ id }) => id)).not.toContain('secret');
    expect((await rest(server.url, 'GET', '/chat/history/secret', { token: bob })).status).toBe(404);
    // It is public here, and wasn't there.
    expect(await history('open-here', bob)).toEqual([]);
    expect(await move('onrabble', url, { dryRun: true })).toContain(
      'messages: its channel was private, and open-here is public here: 9',
    );
  });

  it('[IMPORT-5] private messages are in both inboxes, as read', async () => {
    const token = await tokenOf(ADA, 'ada');
    const found = await rest<{ items: { data: { content: string } }[] }>(server.url, 'GET', '/whispers', {
      token,
    });
    expect(found.body.items.map(({ data }) => data.content)).toEqual(['hi bob', 'hi ada', 'note to self']);
    const { body } = await rest<{ items: { unread: number }[] }>(
      server.url,
      'GET',
      '/whispers/conversations',
      { token },
    );
    expect(body.items.map(({ unread }) => unread)).toEqual([0, 0]);
  });

  it('[IMPORT-5] bans hold until their time, with their reasons and pardons; limits, name and sessions come too', async () => {
    expect((await refusedUpgrade(server.url, { query: { token: await tokenOf(EVE, 'eve') } })).status).toBe(
      403,
    );
    expect((await refusedUpgrade(server.url, { query: { token: await tokenOf(BOB, 'bob') } })).status).toBe(
      403,
    );
    interface Ban {
      readonly user: { name: string };
      readonly reason?: string;
      readonly pardoned: boolean;
    }
    const bans = await rest<{ items: Ban[] }>(
      server.url,
      'GET',
      `/users/bans?user_id=${derivedUserId(issuer.issuer, EVE)}`,
      { token: admin },
    );
    expect(bans.body.items.map(({ reason, pardoned }) => [reason, pardoned])).toEqual([
      ['for good', false],
      ['again', true],
      ['spam', false],
    ]);
    const limits = await rest(server.url, 'GET', '/ratelimits', { token: admin });
    expect(limits.body).toMatchObject({ message_limit: 777, window_seconds: 30 });
    const discovery = await rest<{ server_name: string; server_id: string }>(server.url, 'GET', '/discovery');
    expect(discovery.body.server_name).toBe('The Rabble');
    // It has signed tokens already.
    expect(discovery.body.server_id).not.toBe('6c1f3a2e-89ab-4cde-8f01-23456789abcd');
    const from = Date.UTC(2024, 4, 1);
    const sessions = await rest<object>(
      ...([
        server.url,
        'GET',
        `/activity/sessions?from=${from}&to=${from + 86_400_000}&user_id=${derivedUserId(issuer.issuer, ADA)}`,
      ] as const),
      { token: admin },
    );
    expect(JSON.stringify(sessions.body)).toContain('5400');
  });

  it('[IMPORT-6] nothing comes back of somebody who was erased, nor more of them', async () => {
    const id = derivedUserId(issuer.issuer, ADA);
    const erase = await rest(server.url, 'POST', `/users/${id}/erase`, { token: admin });
    expect(erase.status).toBe(202);
    const isDone = async () => {
      const proof = await rest<{ done: boolean }>(server.url, 'GET', `/users/${id}/erase`, { token: admin });
      return proof.body.done;
    };
    await expect.poll(isDone, { interval: 300, timeout: 20_000 }).toBe(true);
    await withClient(url, (client) =>
      client.query(`
        insert into chatserver.chat_messages (cache_id, owner_id, channel, message, authored_at)
          values (20, '${ADA}', 'tech', 'still there', '2024-03-05');
        insert into chatserver.private_messages (cache_id, owner_id, username, recipient_id, recipient, message, authored_at)
          values (20, '${BOB}', 'bob', '${ADA}', 'ada', 'and you?', '2024-04-05')`),
    );
    const text = await move('onrabble', url);
    expect(counts(text)).toMatchObject({
      ...{ users: '3 0 2 1', messages: '10 0 5 5', whispers: '4 0 3 1', sessions: '2 0 0 2' },
    });
    for (const kind of ['messages', 'whispers', 'sessions']) {
      expect(text).toContain(`${kind}: is of somebody who was erased here: `);
    }
  });
});

describe('into a database that no server ran on', () => {
  it('[IMPORT-5] [IMPORT-8] files are as good as tables, the id comes too, and of two bans the longer one holds', async () => {
    const place = await mkdtemp(path.join(folder, 'rabble-'));
    const files = {
      'server_instances.csv':
        'id,server_id,server_name\n1,6c1f3a2e-89ab-4cde-8f01-23456789abcd,Rabble\n2,,Other\n',
      'user_entity.csv': `id,username\n${ADA},ada\n${BOB},bob\n${EVE},eve\n`,
      'channels.csv': 'name,is_private,sort_order\ntech,f,1\n',
      'chat_messages.csv': `id,owner_id,channel,message,authored_at\n1,${ADA},tech,hi,2024-03-01 10:00:00\n`,
      'bans.csv':
        'id,owner_id,banished_id,start_time,end_time,pardoned,reason\n' +
        `1,${ADA},${BOB},2024-01-01,2099-01-01,f,ours\n2,${ADA},${EVE},2024-01-01,,f,ours\n`,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(place, name), text);
    const target = await createDatabase();
    sources.push(target);
    const [bob, eve] = [BOB, EVE].map((subject) => derivedUserId(issuer.issuer, subject));
    await withClient(target.connectionString, async (client) => {
      const ban = `insert into sanctions (id, kind, user_id, user_name, by_id, by_name, reason, created_at, until, change)
        values ($1, 'ban', $1, $1, 'staff', 'staff', 'staff', 1, $2, 1)`;
      await client.query(ban, [bob, null]);
      await client.query(ban, [eve, Date.now() + 3_600_000]);
      const text = await move('onrabble', place, {}, target);
      expect(counts(text)).toMatchObject({ server: '2 1 0 1', bans: '2 2 0 0', messages: '1 1 0 0' });
      expect(counts(await move('onrabble', place, {}, target))).toMatchObject({ bans: '2 0 2 0' });
      const { rows } = await client.query<{ user_id: string; reason: string }>(
        'select user_id, reason from sanctions where ended_at is null and change is not null order by reason',
      );
      expect(rows).toEqual([
        { user_id: eve, reason: 'ours' },
        { user_id: bob, reason: 'staff' },
      ]);
      const instance = await client.query('select id, name from server_instance');
      expect(instance.rows).toEqual([{ id: '6c1f3a2e-89ab-4cde-8f01-23456789abcd', name: 'Rabble' }]);
    });
  });
});

describe('from justchat', () => {
  it('[IMPORT-5] [IMPORT-6] [IMPORT-7] people log in with their passwords, which are kept as this server keeps them then', async () => {
    const made = await hash(PASSWORD, { memoryCost: 65_536, timeCost: 3, parallelism: 4 });
    const place = await sourceOf(justchat(made));
    // As SQLAlchemy names it.
    const text = await move('justchat', place.replace(/^postgres(ql)?:/, 'postgresql+psycopg:'));
    expect(counts(text)).toEqual({
      users: '4 4 0 0',
      channels: '1 1 0 0',
      messages: '3 3 0 0',
      mutes: '2 2 0 0',
    });
    expect(text).toMatch(/users: is called grace-\w+ here: 2/);
    expect(text).toContain('users: is called user-guest-of-honour here: 5');
    expect(text).toContain('users: has a password that can’t be checked here, and needs another one: 3');
    expect(counts(await move('justchat', place))).toEqual({
      ...{ users: '4 0 4 0', channels: '1 0 1 0', messages: '3 0 3 0', mutes: '2 0 2 0' },
    });
    const hashOf = async (): Promise<string> =>
      withClient(server.database.connectionString, async (client) => {
        const { rows } = await client.query<{ password_hash: string }>(
          "select password_hash from accounts where name = 'Grace'",
        );
        return rows[0]!.password_hash;
      });
    expect(await hashOf()).toBe(made);
    const { token } = await logIn(server.url, 'Grace', PASSWORD);
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await logIn(server.url, 'Grace', PASSWORD);
    const wrong = await rest(server.url, 'POST', '/login', {
      payload: { username: 'mallory', password: PASSWORD },
    });
    expect(wrong.status).toBe(401);

    const events = await history('1', token);
    expect(events.map(({ type, data }) => [type, data.author?.name, data.content])).toEqual([
      ['message:created', 'Grace', 'one'],
      ['message:created', 'Guest7777', 'two'],
      ['member:muted', undefined, undefined],
    ]);
    const wire = await WireClient.connect(server.url, { query: { token } });
    await wire.join('1');
    const { body } = await rest(server.url, 'GET', '/channels?prefix=1', { token });
    expect(body).toMatchObject({ items: [{ id: '1', name: 'Lounge' }] });
    const refused = await wire.request('message:send', '1', { content: 'not now' });
    expect(refused).toMatchObject({ type: 'error', data: { code: 'muted' } });
    expect((await wire.request('message:send', '7', { content: 'elsewhere' })).type).toBe('error');
    await wire.join('7');
    expect(await wire.say('7', 'elsewhere')).toBe(2);

    const found = await rest<{ items: { id: string }[] }>(
      server.url,
      'GET',
      '/users?username=user-guest-of-honour',
      {
        token: admin,
      },
    );
    const id = found.body.items[0]!.id;
    expect((await rest(server.url, 'DELETE', `/users/${id}`, { token: admin })).status).toBe(204);
    expect((await rest(server.url, 'DELETE', '/channels?id=1&purge=true', { token: admin })).status).toBe(
      204,
    );
    const again = await move('justchat', place);
    expect(again).toContain('users: was deleted here: 5');
    expect(again).toContain('channels: its channel was deleted here: 1');
    expect(counts(again)).toMatchObject({
      users: '4 0 3 1',
      channels: '1 0 0 1',
      messages: expect.stringMatching(/^3 0 /),
    });
  });
});

describe('from ChatOrbit', () => {
  it('[IMPORT-5] [IMPORT-8] from files of mongoexport, once, with what has gone wrong in them', async () => {
    const oid = (n: number): string => `690766ae876dd929bee54f${n.toString(16).padStart(2, '0')}`;
    const lines = (...items: readonly (object | string)[]): string =>
      items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n');
    const created_at = { $date: '2025-11-01T00:00:00Z' };
    const password_hash = await hash(PASSWORD);
    await writeFile(
      path.join(folder, 'users.json'),
      lines(
        { _id: { $oid: oid(1) }, username: 'orbit', email: 'o@example.com', password_hash, created_at },
        { _id: { $oid: oid(2) }, email: 'o@example.com', password_hash: '$2a$10$abc', created_at },
        {
          _id: { $oid: oid(3) },
          username: 'orbit',
          email: 'b@example.com',
          password_hash: BCRYPT,
          created_at,
        },
      ),
    );
    await writeFile(
      path.join(folder, 'rooms.ndjson'),
      lines({ _id: { $oid: oid(9) }, room_id: 'music', created_at }),
    );
    const message = (n: number, more: object) => ({
      ...{ _id: { $oid: oid(n) }, room_id: 'music', user_id: oid(1), content: `m${n}` },
      ...{ timestamp: { $date: { $numberLong: `${1_762_000_000_000 + n}` } }, ...more },
    });
    await writeFile(
      path.join(folder, 'messages.json'),
      lines(
        message(16, {}),
        '{"broken',
        message(17, { content: 'nul\0 and \ud800' }),
        message(18, { room_id: '', user_id: oid(5) }),
      ),
    );
    const text = await move('chatorbit', folder);
    expect(counts(text)).toEqual({ users: '3 3 0 0', channels: '1 1 0 0', messages: '4 3 0 1' });
    expect(text).toContain('messages: is no JSON object on one line: line 2');
    expect(text).toContain('users: has an address that another account has, and logs in by name');
    expect(counts(await move('chatorbit', folder))).toEqual({
      users: '3 0 3 0',
      channels: '1 0 1 0',
      messages: '4 0 3 1',
    });
    const login = await rest<{ token: string }>(server.url, 'POST', '/login', {
      payload: { email: 'o@example.com', password: PASSWORD },
    });
    for (const turn of ['as Go made it', 'as this server does']) {
      const payload = { email: 'b@example.com', password: PASSWORD };
      expect([turn, (await rest(server.url, 'POST', '/login', { payload })).status]).toEqual([turn, 200]);
    }
    const messages = await history('music', login.body.token);
    expect(messages.map(({ data }) => data.content)).toEqual(['m16', 'nul and \ufffd']);
    expect(await history('general', admin)).toMatchObject([
      { data: { content: 'm18', author: { name: 'Unknown' } } },
    ]);
  });

  it('[IMPORT-4] [IMPORT-6] [IMPORT-11] what broke off in the middle is run again, goes on, and is shown; each run is an act', async () => {
    const place = path.join(folder, 'csv');
    await mkdir(place);
    await writeFile(path.join(place, 'users.csv'), '_id,username,email,password_hash,created_at\n');
    const rows = Array.from({ length: 1_200 }, (_, n) => {
      const id = `7907${n.toString(16).padStart(20, '0')}`;
      return `${id},busy,690766ae876dd929bee54f01,"m ${n}, ""quoted""\nand on",2025-01-01T00:00:${String(n % 60).padStart(2, '0')}Z`;
    });
    const file = (lines: readonly string[]) =>
      writeFile(
        path.join(place, 'messages.csv'),
        `_id,room_id,user_id,content,timestamp\r\n${lines.join('\r\n')}`,
      );
    await file([...rows.slice(0, 700), '"no end']);
    const broken = await move('chatorbit', place);
    expect(broken).toContain('The import broke off');
    expect(counts(broken)['messages']).toBe('500 500 0 0');
    await file(rows);
    const live = await WireClient.connect(server.url, { query: { token: admin } });
    await live.welcomed();
    await live.join('busy');
    expect(counts(await move('chatorbit', place))['messages']).toBe('1200 700 500 0');
    // Nobody writes there.
    await live.event('busy', 1_200);
    expect(live.liveSeqs('busy')).toEqual(Array.from({ length: 700 }, (_, n) => 501 + n));
    const mine = await rest(server.url, 'GET', `/users/${live.user.id}/sessions`, { token: admin });
    expect(mine.body).toMatchObject({ items: [{}], servers_missing: 0 });
    const newest = await history('busy', admin);
    expect(newest.at(-1)).toMatchObject({ seq: 1_200, data: { content: 'm 1199, "quoted"\nand on' } });
    const acts = await rest<{ items: object[] }>(server.url, 'GET', '/audit?action=system:imported', {
      token: admin,
    });
    expect(acts.body.items.slice(0, 2)).toMatchObject([
      { actor: { id: 'terminal' }, target: { id: 'import:chatorbit' }, after: { messages: 700 } },
      { after: { messages: 500 } },
    ]);
  });

  it('[IMPORT-8] tables of other names are named, and what is missing is told by its name', async () => {
    const place = await sourceOf(
      'create table people (id text, username text, mail text, pw text); create table log (id text, room text, who text, content text, at timestamptz)',
    );
    const lost = await move('chatorbit', place);
    expect(lost).toContain('there is no table for users (looked for users, user)');
    expect(lost).toContain('there is no table for messages');
    const part = await move('chatorbit', place, { map: ['users=people', 'messages=public.log'] });
    expect(part).toContain('public.people, taken for users, has no column for email (looked for email)');
    const map = [
      'users=people',
      'users.email=mail',
      'users.hash=pw',
      'messages=log',
      'messages.author=who',
      'messages.time=at',
    ];
    const text = await move('chatorbit', place, { map, dryRun: true });
    expect(counts(text)).toMatchObject({ users: '0 0 0 0', messages: '0 0 0 0' });
    expect(text).toMatch(/channels .* nowhere: no such table/);
    expect(await move('chatorbit', place, { map: ['people=users'] })).toContain(
      '--map knows users, channels, messages',
    );
  });
});

describe('the command', () => {
  it('[IMPORT-4] [IMPORT-8] says how it is used, and what it can’t reach', async () => {
    const env = { DATABASE_URL: server.database.connectionString };
    const unknown = await adminCommand(env, ['--from', 'irc', 'x'], '', 'import.ts');
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('--from takes onrabble, justchat or chatorbit'),
    ]);
    const away = await adminCommand(
      env,
      ['--from', 'justchat', '--dry-run', 'postgres://nobody@127.0.0.1:1/none'],
      '',
      'import.ts',
    );
    expect([away.code, away.stdout]).toEqual([1, '']);
    expect(away.stderr).toContain('The database of the other system does not answer');
    const table = await adminCommand(env, ['--from', 'chatorbit', path.join(folder, 'csv')], '', 'import.ts');
    expect([table.code, table.stderr]).toEqual([0, '']);
    expect(table.stdout).toMatch(/^messages +1200 +0 +1200 +0 +messages.csv$/mu);
    const part = await adminCommand(env, ['--from', 'chatorbit', folder], '', 'import.ts');
    expect([part.code, part.stdout]).toEqual([1, '']);
    expect(part.stderr).toMatch(/^hubbub: Not everything could come over\.\n\n.*\nusers +3 /su);
    const noIssuer = await adminCommand(env, ['--from=onrabble', folder], '', 'import.ts');
    expect([noIssuer.code, noIssuer.stderr]).toEqual([1, expect.stringContaining('--issuer')]);
  });
});
