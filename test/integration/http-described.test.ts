/** Every operation of /openapi.json against the real server, with what it describes and with what nobody expects. */
import { randomInt, randomUUID } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operationsOf } from '../support/described-operations.ts';
import type { DescribedOperation, Description } from '../support/described-operations.ts';
import { RequestSender, requestsOf } from '../support/described-requests.ts';
import type { Answer, DescribedRequest } from '../support/described-requests.ts';
import { WireClient, closeWireClients } from '../support/wire-client.ts';
import { startWireServer } from '../support/wire-server.ts';
import type { WireServer } from '../support/wire-server.ts';

const SECRET = 'a secret that is long enough for it';
const PASSWORD = 'correct horse';
const ACCOUNTS = ['ada', 'grace', 'edsger', 'barbara'];
/** Requests of each operation. */
const RUNS = 32;

let server: WireServer;
let sender: RequestSender;
let description: Description;
let check: Ajv2020;
const accountIds: string[] = [];
const accountTokens: string[] = [];
const guestTokens: string[] = [];
let refreshToken = '';
let apiKey = '';

/** Tokens by who sends a request; users without an account are new ones each time, so that no limit is in the way. */
const IDENTITIES: Readonly<Record<string, () => Promise<string | null>>> = {
  nobody: async () => null,
  'a liar': async () => 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
  'a guest': async () => pick(guestTokens),
  'a user': async () => signed('user'),
  'an account': async () => pick(accountTokens),
  'a moderator': async () => signed('moderator'),
  'an administrator': async () => signed('admin'),
  'a program': async () => apiKey,
};

function pick(tokens: readonly string[]): string {
  return tokens[randomInt(tokens.length)] ?? '';
}

async function signed(role: string): Promise<string> {
  return new SignJWT({ roles: [role], preferred_username: `${role} ${randomUUID().slice(0, 8)}` })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(randomUUID())
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}

/** Another client address for each request: limits by address have tests of their own. */
function anyAddress(): string {
  return `2001:db8:${randomInt(65_536).toString(16)}:${randomInt(65_536).toString(16)}::1`;
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': anyAddress() };
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, unknown>;
}

beforeAll(async () => {
  server = await startWireServer({ JWT_SECRET: SECRET, TRUST_PROXY: 'loopback', CHANNEL_CREATION: 'anyone' });
  sender = new RequestSender(server.url);
  description = (await (await fetch(`${server.url}/openapi.json`)).json()) as Description;
  check = new Ajv2020({ strict: false, validateFormats: false });
  check.addSchema(description, 'description');
  for (const username of ACCOUNTS) {
    const registered = await post('/register', { username, password: PASSWORD });
    accountIds.push((registered['user'] as { id: string }).id);
    const login = await post('/login', { username, password: PASSWORD });
    accountTokens.push(String(login['token']));
    refreshToken = String(login['refresh_token']);
  }
  for (const name of ['Ida', 'Eva', 'Uta']) {
    const guest = await WireClient.guest(server.url, name);
    guestTokens.push(guest.guestToken);
  }
  await closeWireClients();
  const scopes = ['publish', 'broadcast', 'whisper', 'members', 'users', 'sessions', 'tokens', 'read'];
  apiKey = String((await asAdministrator('POST', '/api-keys', { name: 'a program', scopes }))['key']);
  await makeGeneral();
});

async function asAdministrator(
  method: string,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await signed('admin')}` };
  const answer = await fetch(server.url + path, { method, headers, body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, unknown>;
}

/** An account of which nothing is needed: it may be banned or deleted. */
async function somebodyElse(): Promise<string> {
  const username = `n${randomUUID().slice(0, 8)}`;
  const registered = await post('/register', { username, password: PASSWORD });
  return (registered['user'] as { id: string }).id;
}

/** What there is for an operation on one thing, and only for it: some of its requests take it away. */
async function thingsFor(
  path: string,
  method: string,
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const made = async (where: string, body: object, name: string): Promise<string> =>
    String((await asAdministrator('POST', where, body))[name]);
  switch (path) {
    case '/users/{id}':
      return method === 'DELETE' ? { id: [await somebodyElse(), await somebodyElse(), 'nobody'] } : {};
    case '/users/ban':
      return {
        banished_id: [await somebodyElse()],
        ban_id: [await made(path, { banished_id: await somebodyElse() }, 'ban_id')],
      };
    case '/users/mute':
      return {
        muted_id: [await somebodyElse()],
        mute_id: [await made(path, { muted_id: await somebodyElse() }, 'mute_id')],
      };
    case '/automod/rules/{id}':
      return { id: [await made('/automod/rules', RULE, 'id')] };
    case '/api-keys/{id}':
      return { id: [await made('/api-keys', { name: 'another', scopes: ['read'] }, 'id')] };
    case '/exports/{id}':
    case '/exports/{id}/file':
      return { id: [await made('/exports', { kind: 'messages', format: 'csv' }, 'id')] };
    case '/users/{id}/notes/{note_id}': {
      const id = await somebodyElse();
      return { id: [id], note_id: [await made(`/users/${id}/notes`, { text: 'words' }, 'id')] };
    }
    case '/audit/{seq}/texts':
      return { seq: [1, 2, 3] };
    case '/server/users/{id}':
    case '/server/users/{id}/tokens':
      return { id: ['anna', 'otto'] };
    default:
      return {};
  }
}

const RULE = {
  name: 'a rule',
  enabled: false,
  when: { kind: 'words', words: ['nothing'] },
  action: { kind: 'hold' },
};

/** The channel that requests know of, which some of them delete. */
async function makeGeneral(): Promise<void> {
  await asAdministrator('PATCH', '/channels', { id: 'general', deleted: false });
  await asAdministrator('POST', '/channels', { id: 'general', name: 'General' });
}

afterAll(async () => {
  sender.close();
  await server.end();
});

/** What of the description an answer breaks, or null. */
function broken({ operation }: DescribedOperation, { status, contentType, body }: Answer): string | null {
  if (status === 500) return 'a bug';
  const response = operation.responses[String(status)];
  if (response === undefined) return `status ${status} is not described`;
  const types = Object.keys(response.content ?? {});
  if (types.length === 0) return body === '' && contentType === null ? null : 'a body that is not described';
  if (contentType === null || !types.includes(contentType)) return `content type ${String(contentType)}`;
  const schema = response.content?.[contentType]?.schema;
  const validate = schema === undefined ? null : check.compile(withBase(schema));
  const value: unknown = contentType.endsWith('json') ? JSON.parse(body) : body;
  return validate === null || validate(value) ? null : check.errorsText(validate.errors);
}

/** A schema of the description on its own: its references lead into the description. */
function withBase(schema: unknown): object {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"description#/');
  return JSON.parse(text) as object;
}

describe('every operation of the description', () => {
  it('[HTTP-35] is there to be tried', () => {
    expect(operationsOf(description).length).toBeGreaterThan(15);
  });

  it('[HTTP-35] answers what it describes, whatever is sent and whoever sends it', async () => {
    const known: Readonly<Record<string, readonly unknown[]>> = {
      id: ['general', 'nowhere', ...accountIds],
      channel_id: ['general'],
      channel_ids: [['general']],
      channel: ['general'],
      time_zone: ['UTC', 'Europe/Berlin'],
      keyword: ['words'],
      user_id: [randomUUID()],
      room_id: ['general'],
      username: ACCOUNTS,
      password: [PASSWORD],
      refresh_token: [refreshToken, 'x'.repeat(64)],
      limit: [1, 200],
    };
    const seen = new Map<string, Set<number>>();
    for (const described of operationsOf(description)) {
      const name = `${described.method} ${described.path}`;
      const statuses = new Set<number>();
      await makeGeneral();
      seen.set(name, statuses);
      const things = { ...known, ...(await thingsFor(described.path, described.method)) };
      const requests = requestsOf(described, description, Object.keys(IDENTITIES), things);
      // A failure tells the seed and the request.
      await fc.assert(
        fc.asyncProperty(requests, async (request: DescribedRequest) => {
          const token = await IDENTITIES[request.as]?.();
          const answer = await sender.send(request, {
            'x-forwarded-for': anyAddress(),
            ...(token === null || token === undefined ? {} : { authorization: `Bearer ${token}` }),
          });
          statuses.add(answer.status);
          expect([name, broken(described, answer), answer.body.slice(0, 300)]).toEqual([
            name,
            null,
            expect.anything(),
          ]);
        }),
        { numRuns: RUNS },
      );
    }
    // The run is worth something: most operations did what they are for at least once.
    const fruitless = [...seen].filter(([, statuses]) => [...statuses].every((status) => status >= 400));
    expect(fruitless.map(([name]) => name).length).toBeLessThan(seen.size / 2);
    expect(server.output()).not.toContain('a request failed');
  }, 180_000);
});
