/** Exports over a real server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logIn, register, rest } from '../support/account-client.ts';
import type { ExportRecord } from '../../src/exports/export-record.ts';
import { messageRecords } from '../../src/exports/message-records.ts';
import { adminCommand } from '../support/admin-command.ts';
import { createDatabase, withClient } from '../support/postgres.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const PASSWORD = 'correct horse';

interface Line {
  readonly kind: string;
  readonly [field: string]: unknown;
}
interface Export {
  readonly id: string;
  readonly state: string;
  readonly rows: number;
  readonly bytes: number;
}

let server: WireServer;
let admin = '';
const people: Record<string, { id: string; token: string; wire: WireClient }> = {};
beforeAll(async () => {
  server = await startWireServer({ ADMIN_PASSWORD: PASSWORD, SHARDS: '2' });
  admin = (await logIn(server.url, 'admin', PASSWORD)).token;
  for (const name of ['ada', 'bob']) {
    const id = await register(server.url, name, PASSWORD);
    const { token } = await logIn(server.url, name, PASSWORD);
    const wire = await WireClient.connect(server.url, {
      headers: { authorization: `Bearer ${token}` },
    });
    await wire.welcomed();
    people[name] = { id, token, wire };
  }
});
afterAll(async () => {
  await closeWireClients();
  await server.end();
});

async function ended(id: string, token = admin): Promise<Export> {
  for (;;) {
    const { body } = await rest<Export>(server.url, 'GET', `/exports/${id}`, { token });
    if (!['queued', 'running'].includes(body.state)) return body;
    // As often as one user may ask.
    await pause(120);
  }
}

async function begin(payload: object, path = '/exports', token = admin): Promise<string> {
  const { status, body } = await rest<Export>(server.url, 'POST', path, { token, payload });
  expect([status, body]).toEqual([202, { id: expect.any(String) }]);
  return body.id;
}

async function file(id: string, token = admin): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' };
  const answer = await fetch(`${server.url}/exports/${id}/file`, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toContain(`${id}.`);
  return answer.text();
}

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('exports', () => {
  it('[EXPORT-1] messages by channel and time, as JSON lines and as a table', async () => {
    const { wire, id: author } = people['ada']!;
    for (const channel of ['here', 'there']) await wire.join(channel);
    await wire.say('here', 'one');
    const sent = await wire.request('message:send', 'here', { content: '=2, "two"', meta: { a: 1 } });
    const id = (sent['data'] as { id: string }).id;
    await wire.request('reaction:add', 'here', { messageId: id, emoji: '👍' });
    const gone = await wire.request('message:send', 'here', { content: 'gone' });
    await wire.request('message:delete', 'here', { id: (gone['data'] as { id: string }).id });
    await wire.say('there', 'elsewhere');

    const ndjson = await begin({ kind: 'messages', format: 'ndjson', channel_ids: ['here'] });
    const done = await ended(ndjson);
    const text = await file(ndjson);
    expect(done).toMatchObject({ state: 'done', rows: 4, bytes: Buffer.byteLength(text) });
    expect(linesOf(text)).toMatchObject([
      { kind: 'export', version: 1, of: 'messages' },
      { kind: 'channel', channel_id: 'here', name: 'here', private: false },
      { kind: 'message', seq: 1, content: 'one', author_id: author, author_name: 'ada' },
      { content: '=2, "two"', meta: { a: 1 }, reactions: [{ emoji: '👍', users: [author] }] },
    ]);
    const csv = await begin({ kind: 'messages', format: 'csv', from: Date.now() + 60_000 });
    await ended(csv);
    expect((await file(csv)).split('\r\n')).toHaveLength(2);
    const all = await begin({ kind: 'messages', format: 'csv' });
    await ended(all);
    expect(await file(all)).toContain(`,"'=2, ""two""",`);
  });

  it('[EXPORT-2] everything about a user, for administrators and for themselves', async () => {
    const [ada, bob] = [people['ada']!, people['bob']!];
    await bob.wire.request('whisper:send', undefined, { to: { id: ada.id }, content: 'psst' });
    await bob.wire.join('here');
    await bob.wire.request('read:set', 'here', { seq: 1 });
    await bob.wire.say('here', 'bob was here');
    const id = await begin({ format: 'ndjson' }, '/me/export', bob.token);
    expect((await ended(id, bob.token)).state).toBe('done');
    const lines = linesOf(await file(id, bob.token));
    // A session may not have been recorded yet.
    const kinds = [...new Set(lines.map(({ kind }) => kind))].filter((kind) => kind !== 'session');
    expect(kinds).toEqual(['export', 'account', 'name', 'read_mark', 'whisper', 'message']);
    expect(lines.find(({ kind }) => kind === 'whisper')).toMatchObject({
      content: 'psst',
      to: { id: ada.id },
    });
    expect(lines.filter(({ kind }) => kind === 'message')).toMatchObject([{ content: 'bob was here' }]);
    expect(JSON.stringify(lines)).not.toContain('password');
    // Nobody else's but for administrators, who have it audited.
    for (const path of [`/exports/${id}`, `/exports/${id}/file`]) {
      expect((await rest(server.url, 'GET', path, { token: ada.token })).status).toBe(404);
    }
    const listed = await rest<{ items: Export[] }>(server.url, 'GET', '/exports', { token: ada.token });
    expect(listed.body.items).toEqual([]);
    const ordered = await begin({ kind: 'user', format: 'csv', user_id: ada.id });
    await ended(ordered);
    const table = await file(ordered);
    expect(table).toContain('psst');
    expect(table).toContain(`reaction,`);
    const acts = await rest<{ items: object[] }>(server.url, 'GET', '/audit?action=export:created', {
      token: admin,
    });
    expect(acts.body.items[0]).toMatchObject({ target: { kind: 'user', id: ada.id } });
  });

  it('[EXPORT-6] the file is streamed, packed for who takes it so', async () => {
    const id = await begin({ kind: 'messages', format: 'ndjson' });
    await ended(id);
    const { hostname, port } = new URL(server.url);
    const { request } = await import('node:http');
    const bytes = await new Promise<{ encoding: unknown; body: Buffer }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${admin}`, 'accept-encoding': 'br, gzip' };
      request({ hostname, port, path: `/exports/${id}/file`, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          resolve({ encoding: answer.headers['content-encoding'], body: Buffer.concat(chunks) });
        });
      })
        .once('error', reject)
        .end();
    });
    expect(bytes.encoding).toBe('gzip');
    expect(gunzipSync(bytes.body).toString()).toBe(await file(id));
  });

  it('[EXPORT-5] one that is under way ends with its removal', async () => {
    await withClient(server.database.connectionString, async (client) => {
      await client.query(
        `insert into events (log_id, seq, id, type, sender, timestamp, data)
         select l.id, l.head + n, 'x' || n, 'message:created', 'x', 5,
           json_build_object('id', 'x' || n, 'content', repeat('word ', 40), 'author', json_build_object('id', 'x', 'name', 'X'))
         from logs as l, generate_series(1, 60000) as n where l.key = 'channel:there'`,
      );
      await client.query(`update logs set head = head + 60000 where key = 'channel:there'`);
      const id = await begin({ kind: 'messages', format: 'ndjson' });
      const next = await begin({ kind: 'messages', format: 'csv', channel_ids: ['here'] });
      for (;;) {
        const { body } = await rest<Export>(server.url, 'GET', `/exports/${id}`, { token: admin });
        if (body.rows > 100 || body.state === 'done') break;
        await pause(120);
      }
      expect((await rest(server.url, 'DELETE', `/exports/${id}`, { token: admin })).status).toBe(204);
      expect((await rest(server.url, 'GET', `/exports/${id}`, { token: admin })).status).toBe(404);
      // Exports are written one at a time: this one isn't kept waiting by what nobody wants any more.
      expect((await ended(next)).state).toBe('done');
    });
  });

  it('[IMPORT-1] [IMPORT-2] [IMPORT-3] an export lands in another database, once', async () => {
    const { wire } = people['ada']!;
    const root = await wire.request('message:send', 'here', { content: 'root', clientMessageId: 'c1' });
    const replyTo = (root['data'] as { id: string }).id;
    await wire.request('message:send', 'here', { content: '@bob reply', replyTo });
    const id = await begin({ kind: 'messages', format: 'ndjson', channel_ids: ['here'] });
    await ended(id);
    const text = await file(id);
    const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-import-'));
    const place = path.join(folder, 'file.ndjson');
    await writeFile(place, `${text}\n{"kind":"message"}\nnonsense\n`);
    const other = await createDatabase();
    const env = { DATABASE_URL: other.connectionString };
    const sent = linesOf(text).filter(({ kind }) => kind === 'message');
    try {
      const run = await adminCommand(env, [place], '', 'import.ts');
      const [first, second] = [linesOf(text).length + 2, linesOf(text).length + 3];
      expect([run.code, run.stderr]).toEqual([
        1,
        `hubbub: Imported ${sent.length} messages and 1 channels; 0 messages were known. 2 lines were left out: ` +
          `line ${first}: no channel or message as an export has it; line ${second}: not JSON.\n`,
      ]);
      await writeFile(place, text);
      const again = await adminCommand(env, [place], '', 'import.ts');
      expect([again.code, again.stdout]).toEqual([
        0,
        `Imported 0 messages and 0 channels; ${sent.length} messages were known.\n`,
      ]);
      await withClient(other.connectionString, async (client) => {
        const messages: ExportRecord[] = [];
        for await (const record of messageRecords(client, {}, 0)) {
          if (record.kind === 'message') messages.push(record);
        }
        expect(messages.map((message) => message['seq'])).toEqual(messages.map((_, index) => index + 1));
        const plain = (list: readonly object[]) =>
          (JSON.parse(JSON.stringify(list)) as Line[]).map((line) => {
            return Object.fromEntries(
              Object.entries(line).filter(([name, value]) => name !== 'seq' && value !== null),
            );
          });
        expect(plain(messages)).toEqual(plain(sent));
        const { rows } = await client.query('select count::integer as replies from threads');
        expect(rows).toEqual([{ replies: 1 }]);
        // Who was erased there doesn't come back by the file.
        await client.query('delete from reactions where user_id = $1', [people['ada']!.id]);
        await client.query(
          `insert into erasures (id, user_id, by_id, step, requested_at) values ('e', $1, 'admin', 'done', 1)`,
          [people['ada']!.id],
        );
      });
      const mine = sent.find((line) => line['author_id'] === people['ada']!.id)!;
      const more = [
        { ...mine, id: 'another', client_message_id: undefined },
        { ...mine, reactions: [{ emoji: '👍', users: [people['ada']!.id, 'eve'] }] },
        {
          ...mine,
          id: 'of-eve',
          author_id: 'eve',
          client_message_id: undefined,
          reactions: [{ emoji: '👍', users: [people['ada']!.id] }],
        },
      ];
      await writeFile(place, more.map((line) => JSON.stringify(line)).join('\n'));
      expect(await adminCommand(env, [place], '', 'import.ts')).toMatchObject({
        ...{ code: 0, stdout: 'Imported 1 messages and 0 channels; 2 messages were known.\n' },
      });
      await withClient(other.connectionString, async (client) => {
        const { rows } = await client.query('select user_id from reactions where user_id = $1', [
          people['ada']!.id,
        ]);
        expect(rows).toEqual([]);
      });
    } finally {
      await other.drop();
      await rm(folder, { recursive: true });
    }
  });

  it('[EXPORT-7] what is asked for must be sound', async () => {
    const problems: [object, number][] = [
      [{ kind: 'user', format: 'csv' }, 400],
      [{ kind: 'user', format: 'csv', user_id: 'nobody' }, 404],
      [{ kind: 'user', format: 'csv', user_id: people['ada']!.id, from: 1 }, 400],
      [{ kind: 'messages', format: 'csv', user_id: people['ada']!.id }, 400],
      [{ kind: 'messages', format: 'csv', from: 2, to: 2 }, 400],
      [{ kind: 'messages', format: 'xml' }, 400],
    ];
    for (const [payload, status] of problems) {
      const answer = await rest(server.url, 'POST', '/exports', { token: admin, payload });
      expect([payload, answer.status]).toEqual([payload, status]);
    }
    const channels = { kind: 'messages', format: 'csv', channel_ids: ['nowhere'] };
    expect(await ended(await begin(channels))).toMatchObject({
      ...{ state: 'failed', rows: 0, problem: 'There is no channel nowhere.' },
    });
  });
});
