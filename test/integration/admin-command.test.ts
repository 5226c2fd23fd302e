/** `npm run admin` as who is locked out runs it: beside a server, without one, and while one starts. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findPostmaster } from '../../src/storage/embedded/postmaster.ts';
import { runCommand } from '../../src/storage/embedded/run-command.ts';
import { logIn, register, rest } from '../support/account-client.ts';
import { adminCommand } from '../support/admin-command.ts';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';

const PASSWORD = 'correct horse';
const ONE_LINE = /^hubbub: [^\n]+\n$/;
/** What a command prints that made a password up. */
const PASSWORD_LINE = /^password: (\S{27})\n$/m;

let folder: string;
/** A command that waits for a database in vain; the tests go on meanwhile. */
let inVain: ReturnType<typeof adminCommand>;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hubbub-admin-'));
  inVain = adminCommand({ DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/chat' }, ['rotate-keys']);
});
afterEach(closeWireClients);
afterAll(async () => {
  await inVain;
  await rm(folder, { recursive: true, force: true });
});

const enter = async (url: string, token: string): Promise<WireClient> => {
  const client = await WireClient.connect(url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
};
const refused = async (url: string, username: string, password: string): Promise<number> =>
  (await rest(url, 'POST', '/login', { payload: { username, password } })).status;
const passwordIn = (stdout: string): string => PASSWORD_LINE.exec(stdout)![1]!;

describe('beside a server with a database of one’s own', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  const admin = (...args: string[]) => adminCommand({ DATABASE_URL: database.connectionString }, args);
  beforeAll(async () => {
    database = await createDatabase();
    const settings = { REGISTRATION: 'open', ADMIN_USERNAME: 'root', ADMIN_PASSWORD: PASSWORD };
    server = await startServer({
      env: { SHARDS: '1', DATABASE_URL: database.connectionString, ...settings },
    });
  });
  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  it('[OPS-44] create makes an account with a password that it prints once', async () => {
    const made = await admin('create', 'Ada', '--email', 'ada@chat.test', '--role', 'moderator');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/^Made the account Ada \([\w-]{36}\) with the role moderator\.\n/);
    const { token } = await logIn(server.url, 'ada', passwordIn(made.stdout));
    expect((await rest(server.url, 'GET', '/me', { token })).body).toMatchObject({
      user: { name: 'Ada', email: 'ada@chat.test', roles: ['user', 'moderator'] },
    });
    for (const [args, what] of [
      [['create', 'ADA'], /taken/],
      [['create', 'guest-x'], /guests/],
      [['create', 'Bea', '--email', 'x'], /e-mail/],
    ] as const) {
      const again = await admin(...args);
      expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
      expect(again.stderr).toMatch(what);
    }
  });

  it('[OPS-44] reset-password logs out everywhere within a second, and takes a password from standard input', async () => {
    await register(server.url, 'Bob', PASSWORD);
    const login = await logIn(server.url, 'Bob', PASSWORD);
    const open = await enter(server.url, login.token);
    const reset = await admin('reset-password', 'bob');
    expect(reset.code).toBe(0);
    expect((await open.closed).code).toBe(4004);
    expect((await rest(server.url, 'POST', '/refresh', { payload: login })).status).toBe(401);
    expect(await refused(server.url, 'Bob', PASSWORD)).toBe(401);
    await logIn(server.url, 'Bob', passwordIn(reset.stdout));
    const args = ['reset-password', 'Bob', '--password-stdin'];
    const env = { DATABASE_URL: database.connectionString };
    const typed = await adminCommand(env, args, 'battery staple\n');
    expect(typed).toMatchObject({ code: 0, stderr: '' });
    expect(typed.stdout).not.toMatch(/battery|password:/);
    await logIn(server.url, 'Bob', 'battery staple');
    expect(await adminCommand(env, args, 'short\n')).toMatchObject({
      code: 1,
      stderr: 'hubbub: A password has 8 to 128 characters.\n',
    });
  });

  it('[OPS-45] promote reaches open connections of accounts and of users of other issuers', async () => {
    const id = await register(server.url, 'Cleo', PASSWORD);
    const open = await enter(server.url, (await logIn(server.url, 'Cleo', PASSWORD)).token);
    expect((await admin('promote', 'cleo', 'admin')).stdout).toBe('Cleo has the role admin.\n');
    expect((await open.next('user:updated')).data).toMatchObject({ user: { roles: ['user', 'admin'] } });
    expect((await admin('promote', id, 'user')).code).toBe(0);
    expect((await open.next('user:updated')).data).toMatchObject({ user: { roles: ['user'] } });
    const foreign = randomUUID();
    await withClient(database.connectionString, (client) =>
      client.query(
        `insert into names (key, user_id, name, wanted_key, guest, claimed_at, look, folded_look)
           values ('eve', $1, 'Eve', 'eve', false, 0, 'eve', 'eve')`,
        [foreign],
      ),
    );
    const rolesOf = () =>
      withClient(database.connectionString, async (client) => {
        const found = await client.query('select roles from standings where user_id = $1', [foreign]);
        return (found.rows as { roles: unknown }[])[0]?.roles;
      });
    expect((await admin('promote', foreign, 'moderator')).stdout).toBe('Eve has the role moderator.\n');
    expect(await rolesOf()).toEqual(['moderator']);
    expect((await admin('promote', 'Eve', 'user')).code).toBe(0);
    expect(await rolesOf()).toBeNull();
  });

  it('[OPS-45] promote refuses guests, and says so of who isn’t there', async () => {
    await WireClient.guest(server.url, 'Visitor');
    const guest = await admin('promote', 'Visitor', 'admin');
    expect(guest).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
    expect(guest.stderr).toMatch(/guest/);
    for (const args of [
      ['promote', 'Nobody', 'admin'],
      ['reset-password', 'Nobody'],
      ['reset-password', 'Visitor'],
      ['token', 'Visitor'],
      ['revoke', 'Nobody'],
    ]) {
      const answer = await admin(...args);
      expect(answer).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
    }
  });

  it('[OPS-46] token prints one for an account, alone on standard output', async () => {
    await register(server.url, 'Dora', PASSWORD);
    const { code, stdout, stderr } = await admin('token', 'Dora', '--hours', '48');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1]!, 'base64url').toString()) as {
      iat: number;
      exp: number;
    };
    expect(claims.exp - claims.iat).toBeCloseTo(48 * 3600, 3);
    expect(stderr).toMatch(/^A token of Dora, good until \d{4}-.*Z\.\n$/);
    const token = stdout.trim();
    expect((await rest(server.url, 'GET', '/me', { token })).body).toMatchObject({ user: { name: 'Dora' } });
    await enter(server.url, token);
  });

  it('[OPS-47] revoke closes connections: of a person, since a time, by a token, by a login', async () => {
    await register(server.url, 'Emil', PASSWORD);
    const login = await logIn(server.url, 'Emil', PASSWORD);
    const [one, two] = [
      (await admin('token', 'Emil')).stdout.trim(),
      (await admin('token', 'Emil')).stdout.trim(),
    ];
    const [first, second, third] = [
      await enter(server.url, one),
      await enter(server.url, two),
      await enter(server.url, login.token),
    ];
    const claim = (token: string, name: string) =>
      String(
        (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>)[
          name
        ],
      );
    expect((await admin('revoke', '--token', claim(one, 'jti'))).code).toBe(0);
    expect((await first.closed).code).toBe(4004);
    expect((await admin('revoke', '--token', `session:${claim(login.token, 'sid')}`)).code).toBe(0);
    expect((await third.closed).code).toBe(4004);
    expect((await admin('revoke', 'Emil', '--since', '2001-01-01T00:00:00Z')).code).toBe(0);
    expect(await second.request('ping')).toMatchObject({ type: 'pong' });
    expect((await rest(server.url, 'POST', '/refresh', { payload: login })).status).toBe(401);
    const future = await admin('revoke', 'Emil', '--since', '9000000000000');
    expect(future).toMatchObject({ code: 1, stderr: expect.stringMatching(ONE_LINE) });
    expect((await admin('revoke', 'emil')).code).toBe(0);
    expect((await second.closed).code).toBe(4004);
    const guest = await WireClient.guest(server.url, 'Troll');
    expect((await admin('revoke', 'Troll')).code).toBe(0);
    expect((await guest.closed).code).toBe(4004);
  });
});

describe('with the embedded PostgreSQL', () => {
  const dataDir = () => path.join(folder, 'data');
  const admin = (...args: string[]) => adminCommand({ DATA_DIR: dataDir() }, args);
  const postmaster = () => findPostmaster(path.join(dataDir(), 'postgres'));
  /** Goes on from test to test until one ends it. */
  let server: ServerProcess | null = null;
  const running = async (): Promise<ServerProcess> => {
    server ??= await startServer({ env: { DATA_DIR: dataDir(), SHARDS: '1' } });
    return server;
  };
  const stop = async (): Promise<number | null | undefined> => {
    const last = server;
    server = null;
    return last?.stop();
  };
  afterAll(stop);

  it('[OPS-43] works before the first start and between starts, and leaves nothing running', async () => {
    const made = await admin('create', 'Root', '--role', 'admin');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(await postmaster()).toEqual({ kind: 'none' });
    const first = await running();
    // There is an administrator, so none is made.
    expect(first.output()).not.toMatch(/first administrator/);
    await logIn(first.url, 'root', passwordIn(made.stdout));
    await stop();
    const { stdout } = await admin('reset-password', 'Root');
    expect(await postmaster()).toEqual({ kind: 'none' });
    await logIn((await running()).url, 'root', passwordIn(stdout));
  });

  it('[OPS-43] works beside the running server, which follows within a second and goes on', async () => {
    const { url } = await running();
    await register(url, 'Ada', PASSWORD);
    const open = await enter(url, (await logIn(url, 'Ada', PASSWORD)).token);
    const before = await postmaster();
    expect((await admin('promote', 'Ada', 'moderator')).code).toBe(0);
    expect((await open.next('user:updated')).data).toMatchObject({ user: { roles: ['user', 'moderator'] } });
    expect((await admin('revoke', 'Ada')).code).toBe(0);
    expect((await open.closed).code).toBe(4004);
    expect(await postmaster()).toEqual(before);
    expect((await rest(url, 'GET', '/ready')).status).toBe(200);
  });

  it('[OPS-43] uses the PostgreSQL of a server that was killed, and leaves it to the next one', async () => {
    const killed = await running();
    server = null;
    await killed.kill();
    const survivor = await postmaster();
    expect(survivor.kind).toBe('running');
    expect((await admin('promote', 'Ada', 'user')).code).toBe(0);
    expect(await postmaster()).toEqual(survivor);
    await running();
    expect(await postmaster()).toEqual(survivor);
    expect(await stop()).toBe(0);
  });

  it('[OPS-49] a server that starts while commands have the data waits for them, and commands for each other', async () => {
    const commands = [admin('token', 'Ada'), admin('promote', 'Ada', 'moderator'), admin('token', 'Ada')];
    const { url } = await running();
    for (const { code, stderr } of await Promise.all(commands)) {
      expect([code, stderr.replace(/^A token of .*\n/, '')]).toEqual([0, '']);
    }
    expect((await rest(url, 'GET', '/ready')).status).toBe(200);
    const { stdout } = await admin('token', 'Ada');
    expect((await rest(url, 'GET', '/me', { token: stdout.trim() })).body).toMatchObject({
      user: { roles: ['user', 'moderator'] },
    });
  });

  it('[OPS-49] a command that meets a server which stops does its work all the same', async () => {
    await running();
    const [stopped, done] = await Promise.all([stop(), admin('token', 'Ada')]);
    expect([stopped, done.code, done.stdout.split('.').length]).toEqual([0, 0, 3]);
    expect(await postmaster()).toEqual({ kind: 'none' });
  });
});

describe('a command that can’t be done', () => {
  it('[OPS-48] is told in one line, with exit code 1, and without the database’s password', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'not a folder');
    const unwritable = await adminCommand({ DATA_DIR: file }, ['token', 'ada']);
    expect(unwritable).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
    expect(unwritable.stderr).toMatch(/DATA_DIR .* is not writable/);
    expect(await readFile(file, 'utf8')).toBe('not a folder');
    const silent = await inVain;
    expect(silent).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(ONE_LINE) });
    expect(silent.stderr).toMatch(/DATABASE_URL/);
    expect(silent.stderr).not.toMatch(/hunter2/);
    const setting = await adminCommand({ PORT: 'http' }, ['rotate-keys']);
    expect(setting).toMatchObject({ code: 1, stderr: expect.stringMatching(/bad setting PORT/) });
  });

  it('[OPS-48] shows the usage to who uses it wrongly, with exit code 2, and to who asks', async () => {
    // No setting is read for it.
    const env = { PORT: 'http' };
    const wrong = await adminCommand(env, ['destroy']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^hubbub: There is no command "destroy"\.\n\nUsage: npm run admin -- /);
    const help = await adminCommand(env, ['help']);
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Usage: /) });
    const cut = await runCommand('sh', [
      ...['-c', 'cd "$0" && exec 3>&1 && "$1" src/admin-cli/main.ts help 2>&3 | true'],
      ...[process.cwd(), process.execPath],
    ]);
    expect(cut).toEqual({ code: 0, output: '' });
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts['admin']).toContain('src/admin-cli/main.ts');
  });
});
