/**
 * The set of docker-compose.yml by hand: Hubbub with the environment that the file gives it, the system's PostgreSQL and Valkey,
 * Caddy with a certificate of its own authority, a provider with Keycloak's claims, and the page in Chromium.
 */
import { X509Certificate, createHash } from 'node:crypto';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { parse } from 'yaml';
import { derivedUserId } from '../../src/auth/identity.ts';
import { ensurePage } from '../support/built-page.ts';
import { startCaddy, type RunningCaddy } from '../support/caddy.ts';
import { launchChromium } from '../support/chromium.ts';
import { logInAtProvider } from '../support/code-login.ts';
import { IdentityProvider } from '../support/identity-provider.ts';
import { figureProblems, monitoringUses } from '../support/monitoring-files.ts';
import { freePort, startServer, type ServerProcess } from '../support/server-process.ts';
import { withClient } from '../support/postgres.ts';
import { startSystemPostgres, type SystemPostgres } from '../support/system-postgres.ts';
import { startValkey, type RunningValkey } from '../support/valkey.ts';
import type { Frame } from '../support/wire-client.ts';

const HOST = 'chat.localhost';
const CHAT = 'hubbub-chat';
const DASHBOARD = 'hubbub-dashboard';
const PASSWORD = 'averylongrandompassword';
const root = new URL('../../', import.meta.url);

let dataDir: string;
/** What docs/tuning.md names in the same way: spans, labels, codes, a thread, an extension, what Caddyfile.prod says. */
const OF_OTHERS = [
  ...['statement', 'store', 'traceparent', 'main', 'code', 'outcome', 'unavailable', 'overloaded'],
  ...['rate_limited', 'idle', 'private', 'pg_stat_statements', 'stream_close_delay', 'lb_try_duration'],
];

let postgres: SystemPostgres;
let valkey: RunningValkey;
let provider: IdentityProvider;
let server: ServerProcess;
let caddy: RunningCaddy;
let browser: Browser;
let authority: Buffer;
let origin: string;
let port: number;
const sockets: WebSocket[] = [];

/** What compose passes to Hubbub, with the .env of docs/deployment.md and addresses that are reachable here. */
async function environment(): Promise<Record<string, string>> {
  const compose = parse(await readFile(new URL('docker-compose.yml', root), 'utf8')) as {
    services: { hubbub: { environment: Record<string, string | number> } };
  };
  const env: Readonly<Record<string, string>> = {
    DOMAIN: `${HOST}:${port}`,
    POSTGRES_PASSWORD: PASSWORD,
    OIDC_ISSUERS: provider.issuer,
    OIDC_CLIENT_ID: CHAT,
    DASHBOARD_CLIENT_IDS: DASHBOARD,
  };
  const filled = Object.entries(compose.services.hubbub.environment).map(([name, value]) => [
    name,
    String(value).replace(/\$\{(\w+):[-?][^}]*\}/g, (_, variable: string) => env[variable] ?? ''),
  ]);
  const { DATABASE_URL = '', ...others } = Object.fromEntries(filled) as Record<string, string>;
  return {
    ...others,
    DATABASE_URL: DATABASE_URL.replace('@postgres:5432/', `@127.0.0.1:${postgres.port}/`),
    VALKEY_URL: valkey.url,
    // Caddy comes from here, not from a network of containers.
    ...{ HOST: '127.0.0.1', DATA_DIR: dataDir, TRUST_PROXY: 'loopback' },
  };
}

/** Keycloak's access tokens, as far as Hubbub reads them. */
const keycloakClaims = (account: string, client: string) => ({
  azp: client,
  typ: 'Bearer',
  preferred_username: account,
  realm_access: {
    roles: ['default-roles-hubbub', 'offline_access', ...(account === 'mona' ? ['moderator'] : ['user'])],
  },
  resource_access: { account: { roles: ['manage-account', 'view-profile'] } },
});

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'hubbub-set-'));
  port = await freePort();
  origin = `https://${HOST}:${port}`;
  const upstream = await freePort();
  [, postgres, valkey, provider, caddy] = await Promise.all([
    ensurePage(),
    startSystemPostgres(PASSWORD),
    startValkey(),
    IdentityProvider.start({
      ...{ redirectUri: `${origin}/`, clients: [CHAT, DASHBOARD], audience: CHAT, claims: keycloakClaims },
    }),
    startCaddy('Caddyfile.dev', {
      DOMAIN: HOST,
      ...{ HTTP_PORT: String(await freePort()), HTTPS_PORT: String(port) },
      UPSTREAM: `127.0.0.1:${upstream}`,
    }),
  ]);
  server = await startServer({ env: await environment(), port: upstream });
  const share = path.join(caddy.home, '.local/share/caddy/pki/authorities/local');
  authority = await readFile(path.join(share, 'root.crt'));
  // Chromium reads no file of authorities: it is told to trust this one key.
  const key = new X509Certificate(await readFile(path.join(share, 'intermediate.crt'))).publicKey;
  const pin = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  browser = await launchChromium({ args: [`--ignore-certificate-errors-spki-list=${pin}`] });
}, 300_000);
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});
afterAll(async () => {
  await browser.close();
  await caddy.stop();
  await server.stop();
  await Promise.all([provider.goDown(), postgres.stop(), valkey.stop()]);
  await rm(dataDir, { recursive: true, force: true });
});

/** The loopback interface under the name that stands in the certificate. */
const TLS = { host: '127.0.0.1', servername: HOST } as const;

function get(where: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: `${HOST}:${port}` };
    request({ ...TLS, port, path: where, ca: authority, headers, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ status: answer.statusCode, body }));
    })
      .on('error', reject)
      .end();
  });
}

/** A socket through Caddy: its frames, and a way to send. */
function open(token: string) {
  const frames: Frame[] = [];
  const socket = new WebSocket(`${origin.replace('https', 'wss')}/ws?token=${token}`, {
    ca: authority,
    lookup: (_host, options, callback) => {
      if (options.all === true) callback(null, [{ address: TLS.host, family: 4 }]);
      else callback(null, TLS.host, 4);
    },
  });
  sockets.push(socket);
  socket.on('message', (bytes: Buffer) => frames.push(JSON.parse(bytes.toString()) as Frame));
  socket.on('error', () => undefined);
  const next = async (type: string): Promise<Frame> => {
    await expect.poll(() => frames.some((frame) => frame.type === type)).toBe(true);
    return frames.find((frame) => frame.type === type)!;
  };
  return { frames, next, send: (frame: object) => socket.send(JSON.stringify(frame)) };
}

/** A token of the provider for `name`, who came by `client`. */
async function tokenOf(name: string, client: string): Promise<string> {
  const redirectUri = `${origin}/`;
  const wishes = { authorization_endpoint: `${provider.issuer}/auth`, scope: 'openid', parameters: {} };
  const { code, verifier } = await logInAtProvider(name, wishes, { client, redirectUri });
  const answer = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'authorization_code', client_id: client, redirect_uri: redirectUri },
      ...{ code, code_verifier: verifier },
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function enter(page: Page): Promise<void> {
  page.setDefaultTimeout(30_000);
  await page.goto(`${origin}/?channel=general`);
  await page.getByTestId('issuer').click();
  await page.locator('input[name=name]').fill('mona');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page
    .getByTestId('connection')
    .filter({ hasText: /^Online$/u })
    .waitFor();
}

describe('behind Caddyfile.dev', () => {
  it('[OPS-70] the certificate is of Caddy’s own authority, for the name that people type', async () => {
    const handshake = (ca?: Buffer) =>
      new Promise<string>((resolve) => {
        const socket: TLSSocket = connect({ ...TLS, port, ...(ca === undefined ? {} : { ca }) }, () => {
          resolve(socket.getPeerX509Certificate()?.subjectAltName ?? '');
          socket.destroy();
        });
        socket.on('error', (error) => resolve(error.message));
      });
    expect(await handshake(authority)).toBe(`DNS:${HOST}`);
    expect(await handshake()).toMatch(/certificate/);
    const { status, body } = await get('/ready');
    expect([status, JSON.parse(body)]).toMatchObject([200, { warnings: [] }]);
  });

  it('[OPS-70] the page comes over TLS, a user of Keycloak’s claims logs in and chats with one on a socket of one’s own', async () => {
    const page = await (await browser.newContext()).newPage();
    const opened: string[] = [];
    page.on('websocket', (socket) => opened.push(socket.url()));
    await enter(page);
    expect(opened.every((url) => url.startsWith(`wss://${HOST}:${port}/ws`))).toBe(true);
    expect(await page.evaluate(() => window.isSecureContext)).toBe(true);

    const theo = open(await tokenOf('theo', CHAT));
    expect((await theo.next('welcome')).data.user).toEqual({
      ...{ id: derivedUserId(provider.issuer, 'theo'), name: 'theo', guest: false, roles: ['user'] },
    });
    theo.send({ type: 'channel:join', ref: '1', channelId: 'general' });
    await theo.next('channel:joined');
    await page.getByTestId('composer').fill('over TLS');
    await page.getByTestId('composer').press('Enter');
    const { data } = await theo.next('message:created');
    expect(data).toMatchObject({ content: 'over TLS', author: { name: 'mona' } });
    theo.send({ type: 'message:send', ref: '2', channelId: 'general', data: { content: 'and back' } });
    await page.getByTestId('message').getByText('and back', { exact: true }).waitFor();
    await page.context().close();
  });

  it('[OPS-70] realm roles make a moderator, and who comes by the dashboard’s client is no member', async () => {
    const [mona, dashboard] = [open(await tokenOf('mona', CHAT)), open(await tokenOf('dora', DASHBOARD))];
    expect((await mona.next('welcome')).data.user).toMatchObject({
      name: 'mona',
      roles: ['user', 'moderator'],
    });
    await dashboard.next('welcome');
    dashboard.send({ type: 'channel:join', ref: '1', channelId: 'unseen' });
    await dashboard.next('channel:joined');
    mona.send({ type: 'channel:join', ref: '1', channelId: 'unseen' });
    const { data } = await mona.next('channel:joined');
    expect(data.members.map(({ name }) => name)).toEqual(['mona']);
  });
});

it('[OPS-70] what another program publishes in Valkey comes through the proxy', async () => {
  const theo = open(await tokenOf('theo', CHAT));
  await theo.next('welcome');
  theo.send({ type: 'channel:join', ref: '1', channelId: 'outside' });
  await theo.next('channel:joined');
  const data = { id: 'm1', content: 'from elsewhere', authorId: 'api', authorName: 'The API' };
  const envelope = { type: 'message:created', channelId: 'outside', data };
  await valkey.client.publish('channel:outside', JSON.stringify(envelope));
  expect((await theo.next('message:created')).data).toMatchObject({
    content: 'from elsewhere',
    author: { name: 'The API' },
  });
});

describe('alerts and dashboard', () => {
  const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
  /** Labels are known of what has happened. */
  const talk = async () => {
    const theo = open(await tokenOf('theo', CHAT));
    await theo.next('welcome');
    theo.send({ type: 'channel:join', ref: '1', channelId: 'figures' });
    await theo.next('channel:joined');
    theo.send({ type: 'message:send', ref: '2', channelId: 'figures', data: { content: 'counted' } });
    await theo.next('ack');
  };

  it('[OPS-71] use only figures that GET /metrics has, by labels and codes that there are', async () => {
    await talk();
    const uses = await monitoringUses();
    expect(uses.length).toBeGreaterThan(50);
    expect(new Set(uses.map(({ where, expr }) => `${where} ${expr}`)).size).toBe(uses.length);
    expect(figureProblems(uses, await metrics())).toEqual([]);
  });

  it('[OPS-71] the check finds what there is not', async () => {
    const use = (expr: string, legend = '') => ({ where: 'x', expr, legend });
    const wrong = [
      ...[use('up'), use('hubbub_made_up'), use('rate(hubbub_connections[5m])'), use('hubbub_batch_entries')],
      ...[use('hubbub_connections{colour="red"}'), use('sum by (colour) (hubbub_connections)')],
      ...[use('hubbub_connections', '{{colour}}'), use('rate(hubbub_closes_total{code="4299"}[5m])')],
    ];
    const told = await metrics();
    for (const each of wrong)
      expect([each.expr, figureProblems([each], told).length]).toEqual([each.expr, 1]);
  });

  it('[OPS-71] [OPS-73] docs/monitoring.md and docs/tuning.md name figures that there are', async () => {
    const told = await metrics();
    for (const page of ['docs/monitoring.md', 'docs/tuning.md']) {
      const docs = await readFile(new URL(page, root), 'utf8');
      for (const [name] of docs.matchAll(/hubbub_\w+/g)) expect(told).toContain(`# TYPE ${name} `);
    }
  });

  it('[OPS-73] docs/tuning.md names settings of PostgreSQL that there are', async () => {
    const docs = await readFile(new URL('docs/tuning.md', root), 'utf8');
    const named = [...docs.matchAll(/`(?!hubbub_)([a-z]+(?:_[a-z]+)*)`/g)].map(([, name]) => name!);
    const { DATABASE_URL: url = '' } = await environment();
    const { rows } = await withClient(url, (client) =>
      client.query<{ name: string }>('select name from pg_settings where name = any ($1)', [named]),
    );
    const others = named.filter((name) => !rows.some((row) => row.name === name));
    expect(new Set(others)).toEqual(new Set(OF_OTHERS));
    expect(rows.length).toBeGreaterThan(7);
  });
});
