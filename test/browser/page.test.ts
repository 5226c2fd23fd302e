/** The page and the real server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

let browser: Browser;
let database: TestDatabase;
let dataDir: string;
let server: ServerProcess;
let contexts: BrowserContext[] = [];

const start = (port?: number): Promise<ServerProcess> =>
  startServer({
    env: {
      DATABASE_URL: database.connectionString,
      DATA_DIR: dataDir,
      SHARDS: '2',
      // A test writes faster than people do.
      RATE_LIMIT_MESSAGES: '10000',
      ADMIN_PASSWORD: 'correct horse battery',
    },
    ...(port === undefined ? {} : { port }),
  });

/** One for all tests: each is other people, in browsers of their own, and in a channel of its own where it counts. */
beforeAll(async () => {
  await ensurePage();
  database = await createDatabase();
  dataDir = await mkdtemp(path.join(tmpdir(), 'hubbub-data-'));
  [browser, server] = await Promise.all([launchChromium(), start()]);
}, 300_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(() => {
  onTestFailed(() => {
    console.error(server.output());
  });
});

afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
});

/** A page of a browser of its own, before the sign-in. */
async function newPage(channelId = 'general'): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${server.url}/?channel=${channelId}`);
  return page;
}

async function enter(name: string, channelId?: string): Promise<Page> {
  const page = await newPage(channelId);
  await page.getByTestId('guest-name').fill(name);
  await page.getByTestId('enter').click();
  await online(page);
  return page;
}

async function online(page: Page): Promise<void> {
  await page
    .getByTestId('connection')
    .filter({ hasText: /^Online$/u })
    .waitFor();
  await page.getByTestId('channel-title').filter({ hasText: '#' }).waitFor();
}

/** A page behind another gets one frame a second, and would do everything as slowly. */
async function write(page: Page, text: string): Promise<void> {
  await page.bringToFront();
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
}

const message = (page: Page, text: string) => page.getByTestId('message').getByText(text, { exact: true });

/** The page calls its user so. */
const named = (page: Page, name: string) =>
  page.getByTestId('own-name').getByText(name, { exact: true }).waitFor();

/** Resolves when the page shows these messages and no others. */
const shows = (page: Page, contents: readonly string[]) =>
  expect.poll(() => page.getByTestId('message').allInnerTexts()).toEqual(contents);

/** Says `contents` from a program. */
async function say(name: string, channelId: string, contents: readonly string[]): Promise<void> {
  const chat = new ChatClient({ url: server.url, name });
  await chat.connect();
  await chat.join(channelId);
  await Promise.all(contents.map((content) => chat.send(channelId, content)));
  chat.close();
}

describe('conversation', () => {
  it('[PAGE-6] two pages see each other’s messages, presence and typing', async () => {
    const ada = await enter('ada', 'talk');
    const bob = await enter('bob', 'talk');
    for (const page of [ada, bob]) {
      await page.getByTestId('members').getByText('ada').waitFor();
      await page.getByTestId('members').getByText('bob').waitFor();
      await page.getByTestId('member-count').getByText('2', { exact: true }).waitFor();
    }

    await bob.getByTestId('composer').pressSequentially('hel');
    await ada.getByTestId('typing').filter({ hasText: 'bob is typing…' }).waitFor();
    await write(bob, 'hello ada');
    await message(ada, 'hello ada').waitFor();
    await ada.getByTestId('typing').filter({ hasText: /^$/u }).waitFor({ state: 'attached' });
    await write(ada, 'hello bob');
    await message(bob, 'hello bob').waitFor();
    for (const page of [ada, bob]) await shows(page, ['hello ada', 'hello bob']);

    await contexts[1]!.close();
    await ada.getByTestId('members').getByText('bob').waitFor({ state: 'detached' });
    await ada.getByTestId('member-count').getByText('1', { exact: true }).waitFor();
  });

  it('[PAGE-4] hostile content is text on the page, in messages and in names', async () => {
    const hostile = [
      '<script>globalThis.pwned = 1</script>',
      '<img src=x onerror="globalThis.pwned = 1">',
      '<a href="javascript:globalThis.pwned=1">click</a>',
      'javascript:globalThis.pwned=1',
      'data:text/html,<script>1</script>',
      '&lt;b&gt; &amp;',
      'https://example.org/"onmouseover="globalThis.pwned=1',
    ];
    await say('<b>eve</b>', 'hostile', hostile);
    const page = await enter('hal', 'hostile');
    await shows(page, hostile);
    expect(await page.locator('.author').first().innerText()).toBe('<b>eve</b>');
    expect(await page.locator('[data-testid=log] :is(script, img, b, iframe)').count()).toBe(0);
    const links = page.locator('[data-testid=log] a');
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
      'https://example.org/',
    ]);
    expect(await links.first().getAttribute('rel')).toContain('noopener');
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
  });
});

describe('messages that change', () => {
  const listed = (page: Page, text: string) => page.getByRole('listitem').filter({ hasText: text });

  async function remove(page: Page, text: string): Promise<void> {
    await page.bringToFront();
    await listed(page, text).hover();
    await listed(page, text).getByTestId('delete').click();
    await listed(page, text).getByTestId('delete').filter({ hasText: 'Delete for all?' }).click();
  }

  it('[PAGE-71] one edits and deletes one’s own, everybody follows, and a reload tells the same', async () => {
    const ada = await enter('ada', 'edits');
    const bob = await enter('bob', 'edits');
    for (const text of ['with a tpyo', 'a secret']) await write(ada, text);
    await message(bob, 'a secret').waitFor();
    expect(await bob.getByTestId('edit').count()).toBe(0);
    expect(await bob.getByTestId('delete').count()).toBe(0);

    await remove(ada, 'a secret');
    for (const page of [ada, bob]) await page.getByTestId('deleted').waitFor();
    await ada.getByTestId('composer').press('ArrowUp');
    await ada.getByTestId('editing').waitFor();
    await expect.poll(() => ada.getByTestId('composer').inputValue()).toBe('with a tpyo');
    await write(ada, 'without one');
    await ada.getByTestId('editing').waitFor({ state: 'detached' });
    for (const page of [ada, bob]) {
      await listed(page, 'without one').getByTestId('edited').waitFor();
      await page.bringToFront();
      await page.reload();
      await listed(page, 'without one').getByTestId('edited').waitFor();
      await page.getByTestId('deleted').waitFor();
      expect(await page.getByText(/tpyo|secret/u).count()).toBe(0);
    }
  });

  it('[PAGE-71] who looks after the server deletes what others wrote, and edits only what they wrote', async () => {
    const ada = await enter('ada', 'care');
    await write(ada, 'an insult');
    const admin = await newPage('care');
    await admin.getByTestId('way-log-in').click();
    await admin.getByTestId('log-in-name').fill('admin');
    await admin.getByTestId('log-in-password').fill('correct horse battery');
    await admin.getByTestId('log-in').click();
    await online(admin);
    await message(admin, 'an insult').waitFor();
    expect(await admin.getByTestId('edit').count()).toBe(0);
    await remove(admin, 'an insult');
    for (const page of [ada, admin]) {
      await page.getByTestId('deleted').waitFor();
      expect(await page.getByText('an insult').count()).toBe(0);
    }
  });
});

describe('a server that dies', () => {
  it('[PAGE-12] is killed and started again: both pages go on, and what was written meanwhile arrives once', async () => {
    const cleo = await enter('cleo', 'killed');
    const dan = await enter('dan', 'killed');
    await write(cleo, 'before');
    await message(dan, 'before').waitFor();

    await server.kill();
    await cleo
      .getByTestId('connection')
      .filter({ hasText: /Disconnected|Connecting/u })
      .waitFor();
    await write(cleo, 'meanwhile');
    await cleo.getByTestId('outgoing').filter({ hasText: 'meanwhile' }).waitFor();
    server = await start(server.port);

    await message(dan, 'meanwhile').waitFor({ timeout: 40_000 });
    await message(cleo, 'meanwhile').waitFor({ timeout: 40_000 });
    await write(dan, 'after');
    await message(cleo, 'after').waitFor();
    for (const page of [cleo, dan]) {
      await shows(page, ['before', 'meanwhile', 'after']);
      await page.getByTestId('outgoing').waitFor({ state: 'detached' });
    }
    await cleo.getByTestId('members').getByText('dan').waitFor();
    await named(cleo, 'cleo');
  }, 120_000);
});

describe('identity', () => {
  it('[PAGE-2] a guest who reloads is the same guest, in the same channels', async () => {
    const page = await enter('guido');
    await page.getByTestId('join-name').fill('games');
    await page.getByTestId('join').click();
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    await write(page, 'I was here');
    await message(page, 'I was here').waitFor();

    await page.reload();
    await online(page);
    await message(page, 'I was here').waitFor();
    await page.getByTestId('channel-title').getByText('#games', { exact: true }).waitFor();
    await named(page, 'guido');
    await page.getByTestId('joined-channels').getByText('#general').waitFor();
  });

  it('[PAGE-3] registers, signs out, is refused with a wrong password, and logs in as the same user', async () => {
    const page = await newPage();
    await page.getByTestId('way-register').click();
    await page.getByTestId('register-name').fill('grace');
    await page.getByTestId('register-password').fill('correct horse battery');
    await page.getByTestId('register').click();
    await online(page);
    await write(page, 'as grace');
    await message(page, 'as grace').waitFor();
    await page.getByTestId('account').click();
    await page.getByTestId('sign-out').click();

    await page.getByTestId('way-log-in').click();
    await page.getByTestId('log-in-name').fill('grace');
    await page.getByTestId('log-in-password').fill('wrong wrong wrong');
    await page.getByTestId('log-in').click();
    await page.getByTestId('notice').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('log-in-password').fill('correct horse battery');
    await page.getByTestId('log-in').click();
    await online(page);
    await message(page, 'as grace').waitFor();
    await named(page, 'grace');
  });

  it('[PAGE-18] renews a token that has ended, and signing out ends the login', async () => {
    const page = await newPage();
    await page.getByTestId('way-register').click();
    await page.getByTestId('register-name').fill('edith');
    await page.getByTestId('register-password').fill('correct horse battery');
    await page.getByTestId('register').click();
    await online(page);
    const old = await savedLogin(page);

    // As after an hour.
    await page.evaluate(([key, text]) => localStorage.setItem(key, text), [
      old.key,
      JSON.stringify({ ...old.identity, token: 'ended', expiresAt: 0 }),
    ] as const);
    await page.reload();
    await online(page);
    await named(page, 'edith');
    const renewed = await savedLogin(page);
    expect(renewed.identity['refreshToken']).not.toBe(old.identity['refreshToken']);

    const loggedOut = page.waitForResponse(`${server.url}/logout`);
    await page.getByTestId('account').click();
    await page.getByTestId('sign-out').click();
    expect((await loggedOut).status()).toBe(204);
    await page.getByTestId('enter').waitFor();
    const again = await fetch(`${server.url}/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: renewed.identity['refreshToken'] }),
    });
    expect(again.status).toBe(401);
    await page.reload();
    await page.getByTestId('enter').waitFor();
  });
});

async function savedLogin(page: Page): Promise<{ key: string; identity: Record<string, unknown> }> {
  const [key, text] = await page.evaluate(
    () =>
      Object.entries(localStorage).find(([name]) => name.startsWith('hubbub:identity')) as [string, string],
  );
  return { key, identity: JSON.parse(text) as Record<string, unknown> };
}
