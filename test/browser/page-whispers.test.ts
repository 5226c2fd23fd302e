/** Whispers between pages, over the real server: two people, one of them in two tabs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
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
    env: { DATABASE_URL: database.connectionString, DATA_DIR: dataDir, SHARDS: '2' },
    ...(port === undefined ? {} : { port }),
  });

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
  tries += 1;
  onTestFailed(() => {
    console.error(server.output());
  });
});

afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
});

/** A name of this try's own: the guests of the one before are still known by theirs. */
let tries = 0;
const own = (name: string): string => `${name}${tries}`;

/** A page of a browser of its own, signed in as a guest. */
async function enter(name: string, channelId: string): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  const page = await newTab(context, channelId);
  await page.getByTestId('guest-name').fill(own(name));
  await page.getByTestId('enter').click();
  await online(page);
  return page;
}

async function newTab(context: BrowserContext, channelId: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${server.url}/?channel=${own(channelId)}`);
  return page;
}

async function online(page: Page): Promise<void> {
  await page
    .getByTestId('connection')
    .filter({ hasText: /^Online$/u })
    .waitFor();
  await page.getByTestId('composer').waitFor();
}

/** Two people who see each other in a channel. */
async function pair(one: string, other: string, channelId: string): Promise<readonly [Page, Page]> {
  const pages = [await enter(one, channelId), await enter(other, channelId)] as const;
  for (const page of pages) await page.getByTestId('member-count').getByText('2', { exact: true }).waitFor();
  return pages;
}

/** A page behind another gets one frame a second, and would do everything as slowly. */
async function write(page: Page, text: string): Promise<void> {
  await page.bringToFront();
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
}

const message = (page: Page, text: string) => page.getByTestId('message').filter({ hasText: text });
const receipt = (page: Page, mark: string) => page.locator(`[data-receipt=${mark}]`);
const conversation = (page: Page, name: string) =>
  page.getByTestId('conversations').getByRole('link', { name: own(name) });
const badge = (page: Page, name: string) => conversation(page, name).locator('.unread');
const title = (page: Page, text: string) =>
  page.getByTestId('channel-title').getByText(own(text), { exact: true }).waitFor();

async function openCard(page: Page, name: string): Promise<void> {
  await page.bringToFront();
  await page
    .getByTestId('members')
    .getByRole('button', { name: own(name) })
    .click();
  await page.getByTestId('person-card').waitFor();
}

describe('a whisper', () => {
  it('[PAGE-65, PAGE-66, PAGE-67] goes from a name to all tabs of the other one; read in one it counts in none', async () => {
    const [ada, bob] = await pair('ada', 'bob', 'met');
    const bobToo = await newTab(contexts[1]!, 'met');
    await online(bobToo);

    await openCard(ada, 'bob');
    await ada.getByTestId('whisper').click();
    await title(ada, 'bob');
    await write(ada, 'between us');
    await message(ada, 'between us').waitFor();
    for (const page of [bob, bobToo]) await badge(page, 'ada').filter({ hasText: '1' }).waitFor();
    await receipt(ada, 'delivered').filter({ hasText: 'Delivered' }).waitFor();
    expect(await bob.title()).toContain(`(1) #${own('met')}`);

    await bob.bringToFront();
    await conversation(bob, 'ada').click();
    await message(bob, 'between us').waitFor();
    for (const page of [bob, bobToo]) await badge(page, 'ada').waitFor({ state: 'detached' });
    await receipt(ada, 'read').filter({ hasText: 'Read' }).waitFor();

    await write(bob, 'and nobody else');
    await message(ada, 'and nobody else').waitFor();
    await bobToo.bringToFront();
    await conversation(bobToo, 'ada').click();
    await message(bobToo, 'and nobody else').waitFor();
    for (const page of [ada, bobToo]) await receipt(page, 'read').waitFor();
    for (const page of [ada, bob, bobToo]) {
      expect(await page.getByTestId('message').allInnerTexts()).toEqual(['between us', 'and nobody else']);
      await page.getByTestId('outgoing').waitFor({ state: 'detached' });
    }
  });

  it('[PAGE-65, PAGE-68] /w finds people by name wherever they are, and says when there is nobody', async () => {
    const carol = await enter('carol', 'here');
    const dan = await enter('dan', 'elsewhere');
    await write(carol, '/w nobody-of-that-name hello?');
    await carol.getByTestId('composer-problem').filter({ hasText: 'no such user' }).waitFor();
    expect(await carol.getByTestId('composer').inputValue()).toBe('/w nobody-of-that-name hello?');

    await write(carol, `/w ${own('dan')} are you there?`);
    await title(carol, 'dan');
    await message(carol, 'are you there?').waitFor();
    await badge(dan, 'carol').filter({ hasText: '1' }).waitFor();
    await write(dan, `/whisper ${own('carol')} I am`);
    await title(dan, 'carol');
    await message(carol, 'I am').waitFor();
    await message(dan, 'are you there?').waitFor();
    expect(await carol.getByTestId('joined-channels').getByRole('link').allInnerTexts()).toEqual([
      `#${own('here')}`,
    ]);
  });

  it('[PAGE-67] is edited and deleted on both sides, and stays so over a reload', async () => {
    const [eve, finn] = await pair('eve', 'finn', 'edits');
    await write(eve, `/w ${own('finn')} with a tpyo`);
    await message(eve, 'with a tpyo').waitFor();
    await finn.bringToFront();
    await conversation(finn, 'eve').click();
    await message(finn, 'with a tpyo').waitFor();
    expect(await finn.getByTestId('edit').count()).toBe(0);

    await eve.bringToFront();
    await eve.getByTestId('composer').press('ArrowUp');
    await eve.getByTestId('editing').waitFor();
    await write(eve, 'without one');
    for (const page of [eve, finn]) await message(page, 'without one').getByTestId('edited').waitFor();

    await write(eve, 'a secret');
    await message(finn, 'a secret').waitFor();
    await eve.bringToFront();
    await message(eve, 'a secret').hover();
    const remove = eve.getByRole('listitem').filter({ hasText: 'a secret' }).getByTestId('delete');
    await remove.click();
    await remove.filter({ hasText: 'Delete for both?' }).click();
    for (const page of [eve, finn]) {
      await page.getByTestId('deleted').waitFor();
      expect(await page.getByText('a secret').count()).toBe(0);
    }
    for (const page of [eve, finn]) {
      await page.bringToFront();
      await page.reload();
      await message(page, 'without one').getByTestId('edited').waitFor();
      await page.getByTestId('deleted').waitFor();
      expect(await page.getByText('a secret').count()).toBe(0);
    }
  });

  it('[PAGE-68, PAGE-69] of somebody blocked is refused, their messages are hidden in all tabs, until they are unblocked', async () => {
    const [gwen, hugo] = await pair('gwen', 'hugo', 'quarrel');
    const gwenToo = await newTab(contexts[0]!, 'quarrel');
    await online(gwenToo);
    await write(hugo, 'an insult');
    await message(gwen, 'an insult').waitFor();
    await openCard(gwen, 'hugo');
    await gwen.getByTestId('block').click();
    await gwen.getByTestId('unblock').waitFor();
    for (const page of [gwen, gwenToo]) await page.getByTestId('hidden').waitFor();

    await write(hugo, `/w ${own('gwen')} listen`);
    await hugo
      .getByTestId('outgoing')
      .filter({ hasText: 'no such user, or they take no whispers from you' })
      .waitFor();
    await gwen.bringToFront();
    await gwen.getByTestId('unblock').click();
    await gwen.getByTestId('block').waitFor();
    for (const page of [gwen, gwenToo]) await message(page, 'an insult').waitFor();
    await hugo.bringToFront();
    await hugo.getByTestId('retry').click();
    await badge(gwenToo, 'hugo').filter({ hasText: '1' }).waitFor();
  });
});

describe('a server that dies', () => {
  it('[PAGE-12, PAGE-64] a whisper that was written meanwhile arrives once', async () => {
    const [ida, jack] = await pair('ida', 'jack', 'dying');
    await write(ida, `/w ${own('jack')} before`);
    await message(ida, 'before').waitFor();
    await badge(jack, 'ida').waitFor();
    await jack.bringToFront();
    await conversation(jack, 'ida').click();
    await message(jack, 'before').waitFor();

    await server.kill();
    await ida
      .getByTestId('connection')
      .filter({ hasText: /Disconnected|Connecting/u })
      .waitFor();
    await write(ida, 'meanwhile');
    await ida.getByTestId('outgoing').filter({ hasText: 'meanwhile' }).waitFor();
    server = await start(server.port);

    await message(jack, 'meanwhile').waitFor({ timeout: 40_000 });
    await message(ida, 'meanwhile').waitFor({ timeout: 40_000 });
    await write(jack, 'after');
    await message(ida, 'after').waitFor();
    for (const page of [ida, jack]) {
      expect(await page.getByTestId('message').allInnerTexts()).toEqual(['before', 'meanwhile', 'after']);
      await page.getByTestId('outgoing').waitFor({ state: 'detached' });
    }
  }, 120_000);
});
