/** What bad tokens get, in whichever way they come: the table of the contract, row by row, against a real server. */
import { base64url } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IssuerServer } from '../support/issuer-server.ts';
import { signedToken, tokenKey } from '../support/token-signer.ts';
import type { TokenChanges } from '../support/token-signer.ts';
import { closeWireClients, refusedUpgrade, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const SECRET = 'what the shop and the chat alone know';
// Two issuers with one key id, and one that nobody configured.
const [here, there, nowhere] = [await tokenKey('k1', 'RS256'), await tokenKey('k1'), await tokenKey('k1')];
const utf8 = (text: string) => new TextEncoder().encode(text);
const now = () => Date.now();
const seconds = () => Math.floor(Date.now() / 1000);

let server: WireServer;
let issuer: IssuerServer;
let other: IssuerServer;
let unknown: IssuerServer;
beforeAll(async () => {
  issuer = await IssuerServer.start(here);
  other = await IssuerServer.start(there);
  unknown = await IssuerServer.start(nowhere);
  server = await startWireServer({
    OIDC_ISSUERS: `${issuer.issuer},${other.issuer}`,
    OIDC_AUDIENCE: 'chat,https://chat.test',
    JWT_SECRET: SECRET,
  });
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
  await Promise.all([issuer.stop(), other.stop(), unknown.stop()]);
});

const sign = (changes?: TokenChanges) => signedToken(issuer.issuer, here, now(), changes);
/** A token of literal parts. */
const literal = (header: string, claims: object, signature = '') =>
  [header, JSON.stringify(claims)].map((part) => base64url.encode(part)).join('.') + `.${signature}`;
const claims = () => ({ iss: issuer.issuer, sub: 'ada', aud: 'chat', exp: seconds() + 300 });

/** The answer to a token over REST and in the three ways of a connection. */
async function answers(token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const rest = await fetch(`${server.url}/channels`, { headers });
  const greeting = await WireClient.connect(server.url);
  greeting.send({ type: 'hello', data: { token } });
  const outcome = async (upgrade: Promise<WireClient>, options: object) => {
    const client = await upgrade.catch(() => null);
    return client === null
      ? (await refusedUpgrade(server.url, options)).status
      : (await client.welcomed()).user.name;
  };
  return {
    rest: rest.status,
    problem: rest.headers.get('content-type')?.startsWith('application/problem+json') ?? false,
    query: await outcome(WireClient.connect(server.url, { query: { token } }), { query: { token } }),
    header: await outcome(WireClient.connect(server.url, { headers }), { headers }),
    hello: await Promise.race([
      greeting.closed.then(({ code }) => code),
      greeting.welcomed().then(
        ({ user }) => user.name,
        () => new Promise<never>(() => undefined),
      ),
    ]),
  };
}

const REFUSED = { rest: 401, problem: true, query: 401, header: 401, hello: 4001 };
const letIn = (name: string) => ({ rest: 200, problem: false, query: name, header: name, hello: name });

describe('a token that is refused however it comes', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['[AUTH-33] is not signed (none)', () => literal('{"alg":"none","typ":"JWT"}', claims())],
    ['[AUTH-33] is not signed (None)', () => literal('{"alg":"None","kid":"k1"}', claims())],
    ['[AUTH-33] is not signed, with white space in front', () => literal(' \n{"alg":"none"}', claims())],
    [
      '[AUTH-33] is signed by HS256 with the public key',
      () => sign({ header: { alg: 'HS256' }, key: utf8(here.pem) }),
    ],
    [
      '[AUTH-33] is signed by HS256 with the public key and a line break in front',
      () => sign({ header: { alg: 'HS256' }, key: utf8(`\n${here.pem}`) }),
    ],
    [
      '[AUTH-33] is signed by HS256 with the published key',
      () => sign({ header: { alg: 'HS256' }, key: utf8(JSON.stringify({ keys: [here.jwk] })) }),
    ],
    [
      '[AUTH-37] names an issuer and is signed with JWT_SECRET',
      () => sign({ header: { alg: 'HS256' }, key: utf8(SECRET) }),
    ],
    [
      '[AUTH-36] is signed by the other issuer, whose key has the same id',
      () => sign({ header: { alg: 'ES256' }, key: there.privateKey }),
    ],
    ['[AUTH-36] is another’s, signed by this issuer', () => signedToken(other.issuer, here, now())],
    [
      '[AUTH-11] names an issuer with a slash at its end',
      () => sign({ claims: { iss: `${issuer.issuer}/` } }),
    ],
    ['[AUTH-11] names an issuer in capitals', () => sign({ claims: { iss: issuer.issuer.toUpperCase() } })],
    ['[AUTH-11] names two issuers', () => sign({ claims: { iss: [issuer.issuer, other.issuer] } })],
    ['[AUTH-11] names nobody', () => sign({ claims: { iss: undefined } })],
    ['[AUTH-34] is for another audience', () => sign({ claims: { aud: 'shop' } })],
    ['[AUTH-34] is for several others', () => sign({ claims: { aud: ['shop', 'Chat'] } })],
    ['[AUTH-34] is for nobody', () => sign({ claims: { aud: undefined } })],
    ['[AUTH-33] is of another type', () => sign({ header: { typ: 'logout+jwt' } })],
    ['[AUTH-33] is of a type that is no text', () => sign({ header: { typ: 7 } })],
    ['[AUTH-33] is an ID token of Keycloak', () => sign({ claims: { typ: 'ID' } })],
    ['[AUTH-33] is a refresh token of Keycloak', () => sign({ claims: { typ: 'Refresh' } })],
    ['[AUTH-33] is bound to a key', () => sign({ claims: { cnf: { jkt: 'x' } } })],
    ['[AUTH-35] has no end', () => sign({ claims: { exp: undefined } })],
    ['[AUTH-35] has an end that is a text', () => sign({ claims: { exp: String(seconds() + 300) } })],
    ['[AUTH-35] ended a minute ago', () => sign({ claims: { exp: seconds() - 60 } })],
    ['[AUTH-35] ended just now', () => sign({ claims: { exp: seconds() } })],
    ['[AUTH-35] begins in five minutes', () => sign({ claims: { nbf: seconds() + 300 } })],
    ['[AUTH-35] was signed in five minutes', () => sign({ claims: { iat: seconds() + 300 } })],
    ['[AUTH-33] has no subject', () => sign({ claims: { sub: undefined } })],
    ['[AUTH-33] has an endless subject', () => sign({ claims: { sub: 'x'.repeat(256) } })],
    ['[AUTH-33] has an unknown crit', () => sign({ header: { crit: ['hubbub'], hubbub: true } })],
    ['[AUTH-33] has b64', () => sign({ header: { b64: true, crit: ['b64'] } })],
    [
      '[AUTH-33] brings its key',
      () => sign({ header: { alg: 'ES256', jwk: nowhere.jwk }, key: nowhere.privateKey }),
    ],
    ['[AUTH-33] brings even the right key', () => sign({ header: { jwk: here.jwk } })],
    ['[AUTH-33] says where its key is', () => sign({ header: { jku: `${unknown.issuer}/keys` } })],
    ['[AUTH-33] says where its certificate is', () => sign({ header: { x5u: `${unknown.issuer}/cert` } })],
    ['[AUTH-33] brings a certificate', () => sign({ header: { x5c: ['MIIB'] } })],
    ['[AUTH-40] has channels that are no list', () => sign({ claims: { channels: 'general' } })],
    ['[AUTH-11] has five parts', async () => `${await sign()}.AA.AA`],
    ['[AUTH-11] has two parts', async () => (await sign()).split('.').slice(0, 2).join('.')],
    ['[AUTH-11] has a signature that was changed', async () => (await sign()).replace(/.{4}$/, 'AAAA')],
    ['[AUTH-11] has no signature', async () => (await sign()).replace(/[^.]+$/, '')],
    ['[AUTH-11] is of 9 KiB', () => sign({ claims: { filler: 'x'.repeat(7_000) } })],
  ])('%s', async (_name, make) => {
    expect(await answers(await make())).toEqual(REFUSED);
    expect(unknown.asked, 'nobody who isn’t configured is asked').toEqual([]);
  });

  it('[AUTH-30] is of an issuer that isn’t configured, of whom nothing is asked', async () => {
    const token = await signedToken(unknown.issuer, nowhere, now());
    expect(await answers(token)).toEqual(REFUSED);
    expect(unknown.asked).toEqual([]);
  });

  it('[AUTH-11] is of 1 MB, over the bounds of each way', async () => {
    const token = `${await sign()}${'x'.repeat(1024 * 1024)}`;
    const tooLong = { rest: 431, problem: true, query: 431, header: 431, hello: 1009 };
    expect(await answers(token)).toEqual(tooLong);
  });

  it('[AUTH-31] is each of a thousand with unknown key ids, for which the issuer is asked once in 30 s', async () => {
    const began = performance.now();
    const before = issuer.times;
    const statuses = new Set<number>();
    for (let block = 0; block < 20; block += 1) {
      const tokens = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => sign({ header: { kid: `${block}-${index}` } })),
      );
      const answered = tokens.map(async (token) => {
        const { status } = await fetch(`${server.url}/channels`, {
          headers: { authorization: `Bearer ${token}` },
        });
        statuses.add(status);
      });
      await Promise.all(answered);
    }
    expect([...statuses]).toEqual([401]);
    const cooldowns = 1 + Math.floor((performance.now() - began) / 30_000);
    expect(issuer.times - before).toBeLessThanOrEqual(cooldowns);
    expect(issuer.times, 'once for those, or for one of the rows above').toBeGreaterThanOrEqual(2);
    expect(await answers(await sign({ header: { kid: '0-0' } }))).toEqual(REFUSED);
  });
});

describe('a token that is taken however it comes', () => {
  it.each<[string, () => Promise<string>]>([
    ['[AUTH-33] is of RS256', () => sign({ claims: { name: 'n1' } })],
    [
      '[AUTH-36] is of ES256 by the other issuer, with the same key id',
      () => signedToken(other.issuer, there, now(), { claims: { name: 'n1' } }),
    ],
    ['[AUTH-33] has no type', () => sign({ claims: { name: 'n1' }, header: { typ: undefined } })],
    ['[AUTH-33] is of type JWT', () => sign({ claims: { name: 'n1' }, header: { typ: 'JWT' } })],
    [
      '[AUTH-33] is of type application/at+jwt',
      () => sign({ claims: { name: 'n1' }, header: { typ: 'application/at+jwt' } }),
    ],
    ['[AUTH-33] is Keycloak’s Bearer', () => sign({ claims: { name: 'n1', typ: 'Bearer' } })],
    ['[AUTH-33] has no key id', () => sign({ claims: { name: 'n1' }, header: { kid: undefined } })],
    [
      '[AUTH-33] names its certificate’s fingerprint',
      () => sign({ claims: { name: 'n1' }, header: { x5t: 'AAAA' } }),
    ],
    [
      '[AUTH-34] is for several, this server among them',
      () => sign({ claims: { name: 'n1', aud: ['shop', 'https://chat.test'] } }),
    ],
    ['[AUTH-35] begins in a moment', () => sign({ claims: { name: 'n1', nbf: seconds() + 20 } })],
    [
      '[AUTH-37] is signed with JWT_SECRET',
      () =>
        signedToken('shop', { ...here, alg: 'HS256' }, now(), { claims: { name: 'n1' }, key: utf8(SECRET) }),
    ],
  ])('%s', async (name, make) => {
    const { query, ...rest } = await answers(await make());
    // Who comes second by one name has a suffix.
    expect(query).toMatch(/^n1(-\w+)?$/);
    expect({ query, ...rest }, name).toEqual(letIn(String(query)));
  });
});

describe('a connection by a token', () => {
  it('[AUTH-35] ends with the token', async () => {
    const token = await sign({ claims: { exp: seconds() + 2 } });
    const client = await WireClient.connect(server.url, { query: { token } });
    await client.welcomed();
    expect((await client.closed).code).toBe(4002);
  });

  it('[AUTH-40] reaches the channels that the token names', async () => {
    const names = { channels: ['open', 'team:*', 'not a channel'] };
    const client = await WireClient.connect(server.url, {
      query: { token: await sign({ claims: { sub: 'limited', ...names } }) },
    });
    await client.welcomed();
    await client.join('open');
    await client.join('team:red');
    expect(await client.request('channel:join', 'elsewhere')).toMatchObject({ type: 'error' });
  });

  it('[AUTH-13] [AUTH-37] goes on with a token of the same issuer and subject', async () => {
    const client = await WireClient.connect(server.url, { query: { token: await sign() } });
    await client.welcomed();
    const renewed = await client.request('auth:refresh', undefined, { token: await sign() });
    expect(renewed.type).toBe('ack');
    for (const token of [
      await signedToken(other.issuer, there, now()),
      await sign({ claims: { sub: 'bob' } }),
    ]) {
      const refusal = await client.request('auth:refresh', undefined, { token });
      expect(refusal).toMatchObject({ type: 'error', data: { code: 'forbidden' } });
    }
  });
});
