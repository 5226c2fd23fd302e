/**
 * `npx node scripts/dashboard-screenshots.mjs`: pictures of the dashboard's main pages, into docs/screenshots/.
 *
 * It starts a real server on a database of its own and drives the system's Chromium as the browser tests do.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChatClient } from '../src/client/chat-client.ts';
import { ensurePage } from '../test/support/built-page.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { startServer } from '../test/support/server-process.ts';

const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const WIDE = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 360, height: 720 }, hasTouch: true, isMobile: true };
const PASSWORD = 'correct horse battery';
const PAGES = [
  'activity',
  'channels',
  'users',
  'bans',
  'mutes',
  'reports',
  'automod',
  'audit',
  'limits',
  'server',
  'keys',
  'webhooks',
  'decisions',
  'exports',
  'erasures',
];
const CHANNELS = ['general', 'release', 'music', 'support'];
/** For charts to have something to show, ms. */
const WATCHED_MS = 20_000;
const BETWEEN_MS = 120;

const dataDir = await mkdtemp(join(tmpdir(), 'hubbub-screenshots-'));
await mkdir(folder, { recursive: true });
await ensurePage();
const env = { DATA_DIR: dataDir, SERVER_NAME: 'Harbour', SHARDS: '2', ADMIN_PASSWORD: PASSWORD };
/** Nobody is there, and nobody is kept out. */
const decides = {
  ...{ DECISION_HOOK_URL: 'http://127.0.0.1:7/decide', DECISION_HOOK_SECRET: 'd'.repeat(32) },
  DECISION_HOOK_AWAY: 'allow',
};
const server = await startServer({ env: { ...env, ...decides, RATE_LIMIT_MESSAGES: '1000' } });
const browser = await launchChromium();
const people = [];
try {
  await populate();
  const storageState = await wide();
  await phone(storageState);
} finally {
  for (const chat of people) chat.close();
  await browser.close();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function populate() {
  const { token } = await ask('POST', 'login', { username: 'admin', password: PASSWORD });
  for (const name of CHANNELS) await ask('POST', 'channels', { name }, token);
  for (const name of ['Grace', 'Linus', 'Ngozi', 'Spammer', 'Loud']) {
    const chat = new ChatClient({ url: server.url, name });
    await chat.connect();
    for (const channel of CHANNELS.slice(0, 3)) await chat.join(channel);
    await chat.send('general', `Good morning from ${name}`);
    people.push(chat);
  }
  const [grace, , , spammer, loud] = people;
  const { id } = await spammer.send('general', 'Buy cheap pills at https://pills.example');
  await grace.request('message:report', { channelId: 'general', data: { id, reason: 'an advertisement' } });
  const when = { kind: 'words', words: ['cheap pills'] };
  const rule = { name: 'Advertisements', enabled: true, when, action: { kind: 'hold' } };
  await ask('POST', 'automod/rules', rule, token);
  const muted = { muted_id: loud.user.id, reason: 'shouting', duration: 2 };
  await ask('POST', 'users/mute', muted, token);
  const banned = { banished_id: spammer.user.id, reason: 'advertisements', duration: 24 };
  await ask('POST', 'users/ban', banned, token);
  await ask('PATCH', 'ratelimits', { role: 'guest', message_limit: 300, window_seconds: 10 }, token);
  await ask('POST', 'api-keys', { name: 'The shop', scopes: ['publish', 'read'] }, token);
  const hook = { url: 'https://hooks.example.org/chat', events: ['message:*', 'act:*'], enabled: false };
  await ask('POST', 'webhooks', hook, token);
  const leaver = { username: 'leaver', password: PASSWORD };
  const { user } = await ask('POST', 'register', leaver);
  await ask('POST', `users/${user.id}/erase`, {}, token);
}

async function ask(method, path, body, token) {
  const answer = await fetch(`${server.url}/${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
}

/** Resolves with who is logged in, for another browser to go on as them. */
async function wide() {
  const context = await browser.newContext(WIDE);
  const page = await context.newPage();
  await page.goto(`${server.url}/dashboard`);
  await page.getByTestId('log-in-name').fill('admin');
  await page.getByTestId('log-in-password').fill(PASSWORD);
  await page.getByTestId('log-in').click();
  await page.getByTestId('tile-connections').waitFor();
  await talk();
  // By now the erasure is over, which removes exports of messages.
  const { token } = await ask('POST', 'login', { username: 'admin', password: PASSWORD });
  await ask('POST', 'exports', { kind: 'messages', format: 'ndjson' }, token);
  for (const scheme of ['light', 'dark']) await shoot(page, scheme, `dashboard-wide-${scheme}-overview`);
  for (const name of PAGES) {
    await page.getByTestId(`to-${name}`).click();
    await page.locator(`main[data-page=${name}]`).waitFor();
    await arrived(page);
    await shoot(page, 'light', `dashboard-wide-light-${name}`);
  }
  const storageState = await context.storageState();
  await context.close();
  return storageState;
}

async function phone(storageState) {
  const context = await browser.newContext({ ...PHONE, storageState });
  const page = await context.newPage();
  await page.goto(`${server.url}/dashboard#/reports`);
  await page.getByTestId('report').waitFor();
  await shoot(page, 'light', 'dashboard-phone-light-reports');
  await page.getByTestId('show-pages').click();
  await shoot(page, 'light', 'dashboard-phone-light-pages');
  await context.close();
}

async function arrived(page) {
  await page.waitForFunction(() => document.querySelector('[data-testid=loading]') === null);
}

/** As many messages as make a chart, now more, now fewer. */
async function talk() {
  const until = Date.now() + WATCHED_MS;
  for (let n = 0; Date.now() < until; n += 1) {
    const count = 1 + Math.round(3 * Math.abs(Math.sin(n / 12)));
    await Promise.all(
      people.slice(0, count).map((chat) => chat.send('general', `message ${n}`).catch(() => null)),
    );
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
}

async function shoot(page, colorScheme, name) {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
  );
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
