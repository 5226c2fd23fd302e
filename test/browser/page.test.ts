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
    },
    ...(port === undefined ? {} : { port }),
  });

beforeAll(async () => {
  await ensurePage();
  browser = await launchChromium();
}, 300_000);

afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  database = await createDatabase();
  dataDir = await mkdtemp(path.join(tmpdir(), 'hubbub-data-'));
  server = await start();
  onTestFailed(() => {
    console.error(server.output());
  });
});

afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
  await server.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** A page of a browser of its own, before the sign-in. */
async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(server.url);
  return page;
}

async function enter(name: string): Promise<Page> {
  const page = await newPage();
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

async function write(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
}

const message = (page: Page, text: string) => page.getByTestId('message').getByText(text, { exact: true });

/** Says `contents` in #general from a program. */
async function say(name: string, contents: readonly string[]): Promise<void> {
  const chat = new ChatClient({ url: server.url, name });
  await chat.connect();
  await chat.join('general');
  await Promise.all(contents.map((content) => chat.send('general', content)));
  chat.close();
}

describe('conversation', () => {
  it('[PAGE-6] two pages see each other’s messages, presence and typing', async () => {
    const ada = await enter('ada');
    const bob = await enter('bob');
    for (const page of [ada, bob]) {
      await page.getByTestId('members').getByText('ada').waitFor();
      await page.getByTestId('members').getByText('bob').waitFor();
      expect(await page.getByTestId('member-count').innerText()).toBe('2');
    }

    await bob.getByTestId('composer').pressSequentially('hel');
    await ada.getByTestId('typing').filter({ hasText: 'bob is typing…' }).waitFor();
    await write(bob, 'hello ada');
    await message(ada, 'hello ada').waitFor();
    await ada.getByTestId('typing').filter({ hasText: /^$/u }).waitFor({ state: 'attached' });
    await write(ada, 'hello bob');
    await message(bob, 'hello bob').waitFor();
    for (const page of [ada, bob]) {
      expect(await page.getByTestId('message').allInnerTexts()).toEqual(['hello ada', 'hello bob']);
    }

    await contexts[1]!.close();
    await ada.getByTestId('members').getByText('bob').waitFor({ state: 'detached' });
    expect(await ada.getByTestId('member-count').innerText()).toBe('1');
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
    await say('<b>eve</b>', hostile);
    const page = await enter('ada');
    await message(page, hostile[5]!).waitFor();
    expect(await page.getByTestId('message').allInnerTexts()).toEqual(hostile);
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

describe('a server that dies', () => {
  it('[PAGE-12] is killed and started again: both pages go on, and what was written meanwhile arrives once', async () => {
    const ada = await enter('ada');
    const bob = await enter('bob');
    await write(ada, 'before');
    await message(bob, 'before').waitFor();

    await server.kill();
    await ada
      .getByTestId('connection')
      .filter({ hasText: /Disconnected|Connecting/u })
      .waitFor();
    await write(ada, 'meanwhile');
    await ada.getByTestId('outgoing').filter({ hasText: 'meanwhile' }).waitFor();
    server = await start(server.port);

    await message(bob, 'meanwhile').waitFor({ timeout: 40_000 });
    await message(ada, 'meanwhile').waitFor({ timeout: 40_000 });
    await write(bob, 'after');
    await message(ada, 'after').waitFor();
    for (const page of [ada, bob]) {
      expect(await page.getByTestId('message').allInnerTexts()).toEqual(['before', 'meanwhile', 'after']);
      expect(await page.getByTestId('outgoing').count()).toBe(0);
    }
    await ada.getByTestId('members').getByText('bob').waitFor();
    expect(await ada.getByTestId('own-name').innerText()).toBe('ada');
  }, 120_000);
});

describe('identity', () => {
  it('[PAGE-2] a guest who reloads is the same guest, in the same channels', async () => {
    const page = await enter('ada');
    await page.getByTestId('join-name').fill('games');
    await page.getByTestId('join').click();
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    await write(page, 'I was here');
    await message(page, 'I was here').waitFor();

    await page.reload();
    await online(page);
    await message(page, 'I was here').waitFor();
    expect(await page.getByTestId('channel-title').innerText()).toBe('#games');
    expect(await page.getByTestId('own-name').innerText()).toBe('ada');
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
    expect(await page.getByTestId('own-name').innerText()).toBe('grace');
  });

  it('[PAGE-18] renews a token that has ended, and signing out ends the login', async () => {
    const page = await newPage();
    await page.getByTestId('way-register').click();
    await page.getByTestId('register-name').fill('grace');
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
    expect(await page.getByTestId('own-name').innerText()).toBe('grace');
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
