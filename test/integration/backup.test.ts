/** `npm run backup` and `npm run restore`: under load, over a wiped disk, and with files and databases that don't fit. */
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { constants, createZstdCompress, zstdDecompressSync } from 'node:zlib';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBackup, writeBackupFile } from '../../src/backup/backup-file.ts';
import { CopyIn } from '../../src/backup/copy-in.ts';
import { CopyOut } from '../../src/backup/copy-out.ts';
import { readHead, readManifest } from '../../src/backup/manifest.ts';
import { restore } from '../../src/backup/restore.ts';
import { readTar, tarEnd, tarMember, type Member } from '../../src/backup/tar.ts';
import { openSnapshot } from '../../src/backup/write-backup.ts';
import { ChatClient } from '../../src/client/chat-client.ts';
import type { ClientEvents } from '../../src/client/client-events.ts';
import { accessEmbeddedPostgres } from '../../src/storage/embedded/access-embedded-postgres.ts';
import { knownMigrations, migrate, migrateTo } from '../../src/storage/migrate.ts';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { commit, entryOf } from '../contracts/channel-log.ts';
import { adminCommand } from '../support/admin-command.ts';
import { logIn, register } from '../support/account-client.ts';
import { createDatabase, type TestDatabase, withClient } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';

const never = new AbortController().signal;
let folder: string;
const at = (name: string) => path.join(folder, name);
const backup = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  adminCommand(env, args, '', 'backup.ts');
const restored = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  adminCommand(env, args, '', 'restore.ts');
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hubbub-backup-'));
});
afterEach(closeWireClients);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function all(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

/** Runs `work` on the embedded PostgreSQL of a server that runs. */
async function withPostgresOf(dataDir: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const access = await accessEmbeddedPostgres({ dataDir, logger: pino({ level: 'silent' }) });
  if (!access.ok) throw new Error(access.failure.message);
  await withClient(access.value.connectionString, work);
  await access.value.stop();
}

describe('a server on its embedded PostgreSQL', () => {
  const PASSWORD = 'correct horse';
  const LIMITS = { RATE_LIMIT_MESSAGES: '100000', RATE_LIMIT_WINDOW_SECONDS: '1' };
  const CHANNELS = ['one', 'two'] as const;
  /** What somebody was told is on disk, in the order of the acknowledgements. */
  const kept: { readonly where: string; readonly id: string; readonly seq: number }[] = [];
  const gaps: ClientEvents['gap'][] = [];
  let server: ServerProcess;
  let clients: ChatClient[] = [];
  let writing = true;
  let writers: Promise<void>[] = [];

  const start = (port?: number) =>
    startServer({
      env: { SHARDS: '2', DATA_DIR: at('data'), REGISTRATION: 'open', ...LIMITS },
      ...(port === undefined ? {} : { port }),
    });
  const untilKept = async (count: number) => {
    const goal = kept.length + count;
    await expect.poll(() => kept.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(goal);
  };
  beforeAll(async () => {
    server = await start();
    const url = `${server.url.replace('http', 'ws')}/ws`;
    clients = CHANNELS.map(() => new ChatClient({ url }));
    for (const client of clients) {
      client.on('gap', (gap) => gaps.push(gap));
      await client.connect();
      for (const channel of CHANNELS) await client.join(channel);
    }
  });
  afterAll(async () => {
    writing = false;
    await Promise.all(writers);
    for (const client of clients) client.close();
    await server.stop();
  });

  async function write(client: ChatClient, where: string): Promise<void> {
    for (let nth = 0; writing; nth += 1) {
      const { id, seq } = await client.send(where, `${where} ${nth}: a\tb\\N \u{1f600}\n"quoted"`);
      kept.push({ where, id, seq });
    }
  }

  it('[OPS-60, OPS-61, OPS-64] everything acknowledged before a backup under load is back after the disk was wiped, and clients are told', async () => {
    await register(server.url, 'Ada', PASSWORD);
    const { token } = await logIn(server.url, 'Ada', PASSWORD);
    const enter = () => WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
    const ada = await enter();
    await ada.welcomed();
    await ada.request('whisper:send', undefined, {
      to: { id: clients[0]!.user!.id },
      content: 'a secret',
    });
    const { epoch, seq: inboxSeq } = (await ada.inbox()) as unknown as { epoch: string; seq: number };
    expect(
      await ada.request('whisper:history', undefined, { with: { id: clients[0]!.user!.id } }),
    ).toMatchObject({
      data: { events: [{ data: { content: 'a secret' } }] },
    });
    writers = clients.map((client, index) => write(client, CHANNELS[index]!));
    await untilKept(60);
    const marked = clients[1]!.resumePoint('one')!;
    await clients[1]!.request('read:set', { channelId: 'one', data: { seq: 10 } });
    const before = [...kept];

    const made = await backup({ DATA_DIR: at('data') }, at('live.tar.zst'));
    expect(made).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('live.tar.zst (') });
    expect((await stat(at('live.tar.zst'))).mode & 0o777).toBe(0o600);
    await untilKept(60);
    expect(await server.stop()).toBe(0);
    await rm(at('data'), { recursive: true });

    const back = await restored({ DATA_DIR: at('data') }, at('live.tar.zst'));
    expect(back).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Restored the state of 20/),
    });
    server = await start(server.port);
    // Their writers have waited, and go on.
    await untilKept(20);
    writing = false;
    await Promise.all(writers);

    for (const { where, id, seq } of before) {
      const page = await clients[0]!.request('history:get', {
        channelId: where,
        data: { afterSeq: seq - 1, limit: 1 },
      });
      expect((page['events'] as unknown[])[0]).toMatchObject({ seq, data: { id } });
    }
    // Each client was told of each channel that what it knew belongs to another log.
    for (const channel of CHANNELS) {
      const told = () => gaps.filter((gap) => gap.channelId === channel && gap.reason === 'epoch');
      await expect.poll(() => told().length).toBe(clients.length);
    }
    const late = await enter();
    const { user } = await late.welcomed();
    expect(user).toEqual(ada.user);
    const joined = await late.join('one', { recover: { epoch: marked.epoch, seq: marked.seq } });
    expect(joined.data).toMatchObject({ recovered: false, events: expect.any(Array) });
    expect(joined.data.epoch).not.toBe(marked.epoch);
    const inbox = await late.request('inbox:resume', undefined, { recover: { epoch, seq: inboxSeq } });
    expect(inbox.data).toMatchObject({
      ...{ recovered: false, epoch: joined.data.epoch },
      events: [{ data: { content: 'a secret' } }],
    });
    // A mark of before counts on: only what lies behind it is unread.
    await withPostgresOf(at('data'), async (client) => {
      const { rows } = await client.query("select seq, epoch from read_marks where channel_id = 'one'");
      expect(rows).toEqual([{ seq: '10', epoch: joined.data.epoch }]);
    });
    expect(await adminCommand({ DATA_DIR: at('data') }, [], '', 'verify-audit.ts')).toMatchObject({
      code: 0,
    });
  }, 180_000);

  it('[OPS-63] a server’s own data is not restored over', async () => {
    const refused = await restored({ DATA_DIR: at('data') }, at('live.tar.zst'));
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('isn’t empty') });
  });
});

describe('on a database of one’s own', () => {
  const TEXT = 'a\tb\\N\\. \r\n\u{1f600}\u0001';
  const KEYS = ['channel:a', 'inbox:ada'] as const;
  let full: TestDatabase;
  /** The migrated, empty ones that a test restored into. */
  const fresh: TestDatabase[] = [];
  beforeAll(async () => {
    full = await createDatabase();
    const { connectionString } = full;
    const logger = pino({ level: 'silent' });
    const log = new PostgresLog({ connectionString, owner: 'test', shard: 0, incarnation: 1, logger });
    await commit(
      log,
      KEYS.flatMap((key) =>
        Array.from({ length: 300 }, (_, nth) =>
          entryOf(key, {
            ...(nth % 2 === 0 ? { clientMessageId: `${nth} ${TEXT.replaceAll('\u0001', '')}` } : {}),
            data: JSON.stringify({ content: `${nth} ${TEXT}` }),
          }),
        ),
      ),
    );
    await log.close();
    await withClient(connectionString, (client) =>
      client.query(
        `insert into accounts (id, name, name_key, password_hash, roles, created_at) values ('ada', 'Ada', 'ada', 'x', '{user,"a b"}', 1);
         insert into refresh_families (family, account_id, secret, expires_at) values ('f', 'ada', 's', 1);
         insert into user_notes (id, user_id, by_id, by_name, text, created_at) values ('n', 'ada', 'eve', 'Eve', '\\.', 1);
         select append_audit(1, 'eve', 'note:made', null, null, null, '{}'), nextval('reaction_places'), nextval('reaction_places')`,
      ),
    );
    await written(full, 'full');
  });
  afterEach(async () => {
    await Promise.all(fresh.splice(0).map((database) => database.drop()));
  });
  afterAll(() => full.drop());

  const anew = async (): Promise<TestDatabase> => {
    const database = await createDatabase();
    fresh.push(database);
    return database;
  };
  /** Writes a backup of the database into the folder. */
  async function written(database: TestDatabase, name: string): Promise<string> {
    await rm(at(name), { force: true });
    await withClient(database.connectionString, async (client) => {
      const snapshot = await openSnapshot(client, { program: '0.1.0', now: 1_700_000_000_000 });
      if (!snapshot.ok) throw new Error(snapshot.failure.message);
      expect((await writeBackupFile(at(name), snapshot.value.archive(), never)).ok).toBe(true);
    });
    return at(name);
  }
  /** Why it was refused, or null. */
  async function restoredTo(database: TestDatabase, file: string): Promise<string | null> {
    const opened = await openBackup(file);
    if (!opened.ok) return opened.failure.message;
    try {
      const done = await withClient(database.connectionString, (client) => restore(client, opened.value));
      return done.ok ? null : done.failure.message;
    } finally {
      await opened.value.close();
    }
  }
  async function membersOf(file: string): Promise<Member[]> {
    const members: Member[] = [];
    const plain = zstdDecompressSync(await readFile(file));
    for await (const member of readTar(
      (async function* () {
        yield plain;
      })(),
    ))
      members.push(member);
    return members;
  }
  /** A backup that says what no program of today writes. */
  async function forged(name: string, change: (members: Member[]) => Member[]): Promise<string> {
    const members = change(await membersOf(at('full')));
    const archive = Buffer.concat([...members.flatMap((member) => [...tarMember(member, 0)]), tarEnd()]);
    const compress = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    compress.end(archive);
    const parts: Buffer[] = [];
    compress.on('data', (part: Buffer) => parts.push(part));
    await once(compress, 'end');
    await writeFile(at(name), Buffer.concat(parts));
    return at(name);
  }
  const nothingIn = async (database: TestDatabase) => {
    const { rows } = await withClient(database.connectionString, (client) =>
      client.query(
        'select (select count(*) from logs)::integer + (select count(*) from accounts)::integer as count',
      ),
    );
    expect(rows).toEqual([{ count: 0 }]);
  };

  it('[OPS-60] every row of every table comes back as it was, but for epochs', async () => {
    const copy = await anew();
    expect(await restoredTo(copy, at('full'))).toBeNull();
    const [first, second] = await Promise.all(
      [at('full'), await written(copy, 'copy')].map(
        async (file) => new Map((await membersOf(file)).map(({ name, bytes }) => [name, bytes.toString()])),
      ),
    );
    const epochs = new Set([
      'backup.json',
      'manifest.json',
      'logs/000001.copy',
      'server_instance/000001.copy',
    ]);
    const kept = (members: ReadonlyMap<string, string>) => [...members].filter(([name]) => !epochs.has(name));
    expect(kept(second!)).toEqual(kept(first!));
    expect([...first!.keys()]).toContain('events/000001.copy');
    const sequences = [first!, second!].map(
      (members) => readManifest(Buffer.from(members.get('manifest.json')!))!.sequences,
    );
    expect(sequences[1]).toEqual(sequences[0]);
    await withClient(copy.connectionString, async (client) => {
      const { rows } = await client.query<{ epochs: string[]; instance: string }>(
        'select array(select distinct epoch from logs) as epochs, (select epoch from server_instance) as instance',
      );
      const { epochs: now, instance } = rows[0]!;
      expect(now).toEqual([instance]);
      expect(readHead(Buffer.from(first!.get('backup.json')!))!.server.epoch).not.toBe(instance);
    });
    const indexes = (database: TestDatabase) =>
      withClient(database.connectionString, async (client) => {
        const { rows } = await client.query(
          'select indexdef from pg_indexes where schemaname = current_schema() order by 1',
        );
        return rows;
      });
    expect(await indexes(copy)).toEqual(await indexes(full));
    // Triggers are back at work, and numbers go on.
    await withClient(copy.connectionString, async (client) => {
      await expect(client.query('delete from audit_log')).rejects.toThrow(/only grows/);
      const next = await client.query<{ id: string }>(
        "insert into logs (key, epoch) values ('x', 'x') returning id",
      );
      expect(Number(next.rows[0]!.id)).toBeGreaterThan(KEYS.length);
    });
  });

  it('[OPS-60] no table is left out', async () => {
    const { rows } = await withClient(full.connectionString, (client) =>
      client.query<{ name: string }>(
        "select tablename as name from pg_tables where schemaname = current_schema() and tablename <> 'migrations'",
      ),
    );
    const members = await membersOf(at('full'));
    const manifest = readManifest(members.at(-1)!.bytes)!;
    expect(manifest.tables.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name).sort());
  });

  it('[OPS-64] every epoch is renewed: of logs, of ids that were purged, and of marks that belong to a log', async () => {
    const { rows } = await withClient(full.connectionString, (client) =>
      client.query<{ name: string }>(
        `select table_name as name from information_schema.columns
         where table_schema = current_schema() and column_name = 'epoch' order by 1`,
      ),
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'logs',
      'purged_channels',
      'read_marks',
      'server_instance',
    ]);
    const origin = await anew();
    await withClient(origin.connectionString, (client) =>
      client.query(
        `insert into logs (key, epoch, head) values ('channel:here', 'a', 9), ('deleted:/away', 'b', 9);
         insert into purged_channels values ('gone', 'c');
         insert into read_marks values ('u', 'here', 'a', 1, 1), ('u', 'away', 'b', 2, 1), ('u', 'gone', 'old', 3, 1)`,
      ),
    );
    const copy = await anew();
    expect(await restoredTo(copy, await written(origin, 'epochs'))).toBeNull();
    await withClient(copy.connectionString, async (client) => {
      const [{ epoch }] = (await client.query<{ epoch: string }>('select epoch from server_instance'))
        .rows as [{ epoch: string }];
      const found = await client.query(
        `select key as what, epoch from logs union all select channel_id, epoch from purged_channels
         union all select 'mark ' || channel_id, epoch from read_marks order by 1`,
      );
      expect(found.rows).toEqual([
        ...['channel:here', 'deleted:/away', 'gone', 'mark away'].map((what) => ({ what, epoch })),
        { what: 'mark gone', epoch: 'old' },
        { what: 'mark here', epoch },
      ]);
    });
  });

  it('[OPS-60] what is committed while it is read is not in it', async () => {
    const file = at('moment');
    await withClient(full.connectionString, async (client) => {
      const snapshot = await openSnapshot(client, { program: '0.1.0', now: 0 });
      if (!snapshot.ok) throw new Error(snapshot.failure.message);
      const add = (key: string) =>
        withClient(full.connectionString, (other) =>
          other.query('insert into logs (key, epoch) values ($1, $1)', [key]),
        );
      await add('late');
      expect((await writeBackupFile(file, snapshot.value.archive(), never)).ok).toBe(true);
      expect(snapshot.value.rows().get('logs')).toBe(KEYS.length);
      expect(snapshot.value.rows().get('events')).toBe(600);
    });
    await withClient(full.connectionString, (client) => client.query("delete from logs where key = 'late'"));
  });

  it('[OPS-63] restores over no row that is there already, and says so', async () => {
    const used = await anew();
    await withClient(used.connectionString, (client) =>
      client.query("insert into channels (id, name, created_at) values ('mine', 'Mine', 1)"),
    );
    expect(await restoredTo(used, at('full'))).toContain('isn’t empty');
    const { rows } = await withClient(used.connectionString, (client) =>
      client.query('select id from channels'),
    );
    expect(rows).toEqual([{ id: 'mine' }]);
  });

  it('[OPS-62] a file that was cut or changed is refused before anything is written', async () => {
    const target = await anew();
    const sound = await readFile(at('full'));
    const bad = async (bytes: Buffer) => {
      await writeFile(at('bad'), bytes);
      expect(await restoredTo(target, at('bad'))).toMatch(/is damaged, or no backup/);
    };
    for (const part of [0, 0.2, 0.5, 0.9]) await bad(sound.subarray(0, Math.floor(sound.length * part)));
    await bad(sound.subarray(0, -1));
    for (let at = 8; at < sound.length; at += Math.ceil(sound.length / 25)) {
      const touched = Buffer.from(sound);
      touched[at]! ^= 0x10;
      await bad(touched);
    }
    await bad(Buffer.from('{"format":1}'));
    await bad(Buffer.concat([sound, Buffer.from('and more')]));
    expect(await restoredTo(target, at('none'))).toContain('can’t be read'.replace('’', "'"));
    await nothingIn(target);
  });

  it('[OPS-62] so is one that isn’t what its manifest says', async () => {
    const target = await anew();
    const isEvents = ({ name }: Member) => name === 'events/000001.copy';
    const manifest = (change: (text: string) => string) => (members: Member[]) =>
      members.map((member) =>
        member.name === 'manifest.json'
          ? { ...member, bytes: Buffer.from(change(member.bytes.toString())) }
          : member,
      );
    for (const change of [
      (members: Member[]) => members.filter((member) => !isEvents(member)),
      (members: Member[]) => members.slice(0, -1),
      (members: Member[]) => members.slice(1),
      (members: Member[]) => [...members, members[1]!],
      (members: Member[]) => [
        members[0]!,
        { name: 'x/000001.copy', bytes: Buffer.from('x') },
        ...members.slice(1),
      ],
      (members: Member[]) =>
        members.map((member) => (isEvents(member) ? { ...member, bytes: member.bytes.subarray(1) } : member)),
      manifest((text) => text.slice(1)),
    ]) {
      expect(await restoredTo(target, await forged('forged', change))).toMatch(/is damaged, or no backup/);
    }
    // Whoever can write a manifest that fits can't make half a restore of it.
    const fewer = await forged(
      'forged',
      manifest((text) => text.replace('"rows": 600', '"rows": 599')),
    );
    await expect(restoredTo(target, fewer)).rejects.toThrow(/has 600 rows of 599/);
    await nothingIn(target);
  });

  it('[OPS-65] a backup of an older version becomes one of today; of a newer one it is refused', async () => {
    const known = await knownMigrations();
    const old = await anew();
    await withClient(old.connectionString, async (client) => {
      await migrateTo(client, 2);
      await client.query("insert into logs (key, epoch, head) values ('channel:a', 'e', 7)");
    });
    const file = await written(old, 'old');
    const target = await anew();
    expect(await restoredTo(target, file)).toBeNull();
    await withClient(target.connectionString, async (client) => {
      expect(await migrate(client)).toEqual(known.slice(2));
      expect((await client.query('select key, head from logs')).rows).toEqual([
        { key: 'channel:a', head: '7' },
      ]);
    });
    await withClient(old.connectionString, (client) =>
      client.query("update migrations set name = '0002_from_tomorrow' where name = $1", [known[1]]),
    );
    const empty = await anew();
    expect(await restoredTo(empty, await written(old, 'tomorrow'))).toMatch(/doesn't know/);
    const later = await forged('later', (members) =>
      members.map((member, nth) => (nth === 0 ? { ...member, bytes: Buffer.from('{"format":2}') } : member)),
    );
    expect(await restoredTo(empty, later)).toMatch(/newer Hubbub/);
    await nothingIn(empty);
  });

  it('[OPS-66] the commands: a file of one’s own name, standard output, and one line for what is wrong', async () => {
    const env = { DATABASE_URL: full.connectionString };
    const again = await backup(env, at('full'));
    expect(again).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^hubbub: .* exists already/),
    });
    const [nowhere, piped, wrong] = await Promise.all([
      backup({ DATA_DIR: at('nowhere') }, at('x')),
      backup(env, '-'),
      restored(env),
    ]);
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^hubbub: There is no database in DATA_DIR/),
    });
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: npm run restore') });
    await expect(stat(at('nowhere'))).rejects.toThrow('ENOENT');
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('[OPS-66] a backup that breaks off leaves no file', async () => {
    const archive = (async function* () {
      yield Buffer.alloc(1_000);
      throw new Error('the database went away');
    })();
    await expect(writeBackupFile(at('broken'), archive, never)).rejects.toThrow('went away');
    const stopped = new AbortController();
    const endless = (async function* () {
      for (;;) {
        yield Buffer.alloc(100_000);
        stopped.abort();
      }
    })();
    await expect(writeBackupFile(at('broken'), endless, stopped.signal)).rejects.toThrow(/abort/i);
    expect((await readdir(folder)).filter((name) => name.includes('broken'))).toEqual([]);
  });

  it('[OPS-60] rows pass in pieces, and PostgreSQL’s refusals come through', async () => {
    await withClient(full.connectionString, async (client) => {
      const out = client.query(
        new CopyOut("copy (select repeat('x', 999) from generate_series(1, 50000)) to stdout", 100_000),
      );
      let bytes = 0;
      let pieces = 0;
      for await (const piece of out) {
        bytes += piece.length;
        pieces += 1;
        // A reader that is slower than PostgreSQL.
        if (pieces % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect([bytes, pieces, out.rows]).toEqual([50_000_000, 500, 50_000]);
      const failing = client.query(
        new CopyOut('copy (select 1 / (g - 9) from generate_series(1, 20) as g) to stdout', 1),
      );
      await expect(all(failing)).rejects.toThrow('division by zero');
      await client.query('create temporary table few (n integer primary key)');
      const into = client.query(new CopyIn('copy few from stdin'));
      await into.write(Buffer.from('1\n2\n'));
      expect(await into.end()).toBe(2);
      const twice = client.query(new CopyIn('copy few from stdin'));
      await expect(
        (async () => {
          for (let nth = 0; nth < 100_000; nth += 1) await twice.write(Buffer.from('2\n'.repeat(1_000)));
          await twice.end();
        })(),
      ).rejects.toThrow(/duplicate key/);
      expect((await client.query('select count(*)::integer as count from few')).rows).toEqual([{ count: 2 }]);
      await expect(client.query(new CopyIn('copy nothing from stdin')).end()).rejects.toThrow(
        /does not exist/,
      );
    });
  });
});
