/** Conversations on the page, in moments that a scripted server brings about. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const BOB = { id: 'id-bob', name: 'bob' };
const TWO_WORDS = { id: 'id-two', name: 'Grace Hopper' };

let folder: string;
let browser: Browser;
let server: ScriptedServer;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  folder = await ensurePage();
  browser = await launchChromium();
}, 300_000);

afterAll(() => browser.close());

beforeEach(async () => {
  server = await ScriptedServer.start(folder);
  server.present = [BOB, TWO_WORDS];
  context = await browser.newContext();
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
});

afterEach(async () => {
  await context.close();
  await server.close();
});

async function enter(url = server.url): Promise<void> {
  await page.goto(url);
  await page.getByTestId('guest-name').fill('ada');
  await page.getByTestId('enter').click();
  await page.getByTestId('connection').filter({ hasText: 'Online' }).waitFor();
  await page.getByTestId('composer').waitFor();
}

async function write(text: string): Promise<void> {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
}

const message = (text: string) => page.getByTestId('message').filter({ hasText: text });
const outgoing = (text: string) => page.getByTestId('outgoing').filter({ hasText: text });
const title = (text: string) => page.getByTestId('channel-title').getByText(text, { exact: true }).waitFor();
const conversation = (name: string) => page.getByTestId('conversations').getByRole('link', { name });
const badge = (name: string) => page.getByTestId(`unread-@id-${name}`);

describe('the list of conversations', () => {
  it('[PAGE-64, PAGE-66] shows the newest first with their last words and counts, which title and icon tell too', async () => {
    server.whisper('bob', 'ada', 'first words');
    server.whisper('grace', 'ada', 'hello ada');
    await enter();
    await badge('bob').waitFor();
    server.whisper('bob', 'ada', 'are you there?');
    await badge('bob').filter({ hasText: '2' }).waitFor();
    expect(await page.getByTestId('conversations').getByRole('listitem').allInnerTexts()).toEqual([
      expect.stringMatching(/^bob\s+are you there\?\s+unread:\s+2$/u),
      expect.stringMatching(/^grace\s+hello ada\s+unread:\s+1$/u),
    ]);
    await expect.poll(() => page.title()).toBe('(3) #general · Scripted');
    await expect
      .poll(() => page.locator('link[rel=icon]').getAttribute('href'))
      .toBe('./favicon-mention.svg');

    await conversation('bob').click();
    await title('bob');
    await message('are you there?').waitFor();
    await badge('bob').waitFor({ state: 'detached' });
    await expect.poll(() => page.title()).toBe('(1) bob · Scripted');
    const read = server.received.filter(({ type }) => type === 'whisper:read');
    expect(read.map(({ data }) => data?.with?.id)).toEqual(['id-bob']);
  });

  it('[PAGE-64] a conversation has an address and pages of its own, and is found among those one knows', async () => {
    for (let n = 1; n <= 230; n += 1) server.whisper('bob', 'ada', `line ${n}`);
    server.whisper('grace', 'ada', 'between');
    await enter(`${server.url}?whisper=id-bob`);
    await title('bob');
    await message('line 230').waitFor();
    const log = page.getByTestId('log');
    await log.focus();
    await expect
      .poll(async () => {
        await log.press('Home');
        return page.getByTestId('beginning').isVisible();
      })
      .toBe(true);
    await message('line 1').first().waitFor();
    expect(await message('between').count()).toBe(0);

    await page.keyboard.press('Control+k');
    await page.getByTestId('switcher-input').fill('grac');
    await page.keyboard.press('Enter');
    await title('grace');
    await message('between').waitFor();
    expect(new URL(page.url()).searchParams.get('whisper')).toBe('id-grace');
    await page.goBack();
    await title('bob');
  });

  it('[PAGE-66] what comes while one reads back, or looks elsewhere, counts until its end is seen', async () => {
    for (let n = 1; n <= 60; n += 1) server.whisper('bob', 'ada', `line ${n}`);
    await enter(`${server.url}?whisper=id-bob`);
    await message('line 60').waitFor();
    await badge('bob').waitFor({ state: 'detached' });
    await page.getByTestId('log').hover();
    await page.mouse.wheel(0, -700);
    await page.getByTestId('jump').waitFor();
    server.whisper('bob', 'ada', 'news');
    await badge('bob').filter({ hasText: '1' }).waitFor();
    await page.getByTestId('jump').click();
    await message('news').waitFor();
    await badge('bob').waitFor({ state: 'detached' });
  });
});

describe('writing', () => {
  it('[PAGE-65] a name leads to a card, and from there to whispering; Escape leaves it', async () => {
    server.say('general', 'bob', 'hello all');
    await enter();
    await page.getByTestId('log').getByRole('button', { name: 'bob' }).click();
    await page.getByTestId('person-card').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('person-card').waitFor({ state: 'detached' });
    await page.getByTestId('members').getByRole('button', { name: 'bob' }).click();
    await page.getByTestId('whisper').click();
    await title('bob');
    await write('psst');
    await message('psst').waitFor();
    expect(server.received.find(({ type }) => type === 'whisper:send')?.data?.to?.id).toBe('id-bob');
  });

  it('[PAGE-65] /w and /whisper write to a name from anywhere, in quotes where it has spaces', async () => {
    await enter();
    await page.getByTestId('composer').pressSequentially('/w gra');
    await page.getByTestId('completion').getByText('Grace Hopper').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.getByTestId('composer').inputValue()).toBe('/w "Grace Hopper" ');
    await page.keyboard.type('how do you do');
    await page.keyboard.press('Enter');
    await title('Grace Hopper');
    await message('how do you do').waitFor();

    await write('/whisper @bob');
    await title('bob');
    await write('to bob');
    await message('to bob').waitFor();
    expect(
      server.received.filter(({ type }) => type === 'whisper:send').map(({ data }) => data?.content),
    ).toEqual(['how do you do', 'to bob']);
    // Nothing of it was said in the channel.
    expect(server.received.some(({ type }) => type === 'message:send')).toBe(false);
  });

  it('[PAGE-68] what finds nobody says so where it was written, and keeps the text', async () => {
    await enter();
    for (const text of ['/w nobody are you there?', '/w nobody', '/w']) {
      await write(text);
      await page.getByTestId('composer-problem').waitFor();
      expect(await page.getByTestId('composer').inputValue()).toBe(text);
    }
    await page.getByTestId('composer').fill('/w nobody ar');
    await page.getByTestId('composer-problem').waitFor({ state: 'detached' });
    await title('#general');

    server.onSend = () => ({ code: 'not_found', message: 'they take no whispers from you' });
    await write('/w bob hello?');
    await outgoing('hello?').filter({ hasText: 'they take no whispers from you' }).waitFor();
    server.onSend = () => 'take';
    await page.getByTestId('retry').click();
    await message('hello?').waitFor();
    await outgoing('hello?').waitFor({ state: 'detached' });
  });

  it('[PAGE-46, PAGE-64] whispers wait for the connection, and go on when the page was reloaded', async () => {
    await enter(`${server.url}?whisper=id-bob`);
    server.onSend = () => 'ignore';
    await write('slowly');
    await outgoing('slowly').filter({ hasText: 'Not sent yet' }).waitFor();
    await page.reload();
    server.onSend = () => 'take';
    await message('slowly').waitFor({ timeout: 30_000 });
    await outgoing('slowly').waitFor({ state: 'detached' });
    const ids = server.received.flatMap(({ type, data }) =>
      type === 'whisper:send' ? [data?.clientMessageId] : [],
    );
    expect(new Set(ids).size).toBe(1);
    await title('bob');
  });

  it('[PAGE-45] a draft is kept for each conversation', async () => {
    await enter();
    await page.getByTestId('members').getByText('Grace Hopper').waitFor();
    await write('/w bob');
    await title('bob');
    await page.getByTestId('composer').fill('for bob');
    await page.keyboard.press('Control+k');
    await page.getByTestId('switcher-input').fill('@grace');
    await page.keyboard.press('Enter');
    await title('Grace Hopper');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('');
    await page.goBack();
    await title('bob');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('for bob');
    await page.goBack();
    await title('#general');
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('');
  });

  it('[PAGE-70] notes to oneself go nowhere and have no receipts', async () => {
    await enter();
    await page.getByTestId('members').getByRole('button', { name: 'ada' }).click();
    await page.getByTestId('whisper').click();
    await write('buy milk');
    await message('buy milk').waitFor();
    expect(await page.getByTestId('receipt').count()).toBe(0);
    await conversation('ada (you)').waitFor();
    expect(await page.title()).toBe('ada · Scripted');
  });
});

describe('own whispers', () => {
  it('[PAGE-67] are edited and deleted, by the keyboard too; what is deleted leaves a sign', async () => {
    await enter(`${server.url}?whisper=id-bob`);
    await write('with a tpyo');
    await message('with a tpyo').waitFor();
    await page.getByTestId('composer').press('ArrowUp');
    await page.getByTestId('editing').waitFor();
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('with a tpyo');
    await page.keyboard.press('Escape');
    await page.getByTestId('editing').waitFor({ state: 'detached' });
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('');

    await message('with a tpyo').hover();
    await page.getByTestId('edit').click();
    await page.getByTestId('editing').waitFor();
    await write('with a typo');
    await message('with a typo').getByTestId('edited').waitFor();
    await conversation('bob').filter({ hasText: 'You: with a typo' }).waitFor();

    await message('with a typo').hover();
    await page.getByTestId('delete').click();
    await page.getByTestId('delete').filter({ hasText: 'Delete for both?' }).click();
    await page.getByTestId('deleted').waitFor();
    expect(await page.getByTestId('edit').count()).toBe(0);
    await conversation('bob').filter({ hasText: 'Deleted' }).waitFor();
    await page.reload();
    await page.getByTestId('deleted').waitFor();
  });
});

describe('people whom one has blocked', () => {
  it('[PAGE-69] are hidden in channels until one asks, count nowhere, and are listed in the settings', async () => {
    server.say('general', 'bob', 'an insult');
    await enter();
    await message('an insult').waitFor();
    await page.getByTestId('log').getByRole('button', { name: 'bob' }).click();
    await page.getByTestId('block').click();
    await page.getByTestId('unblock').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('hidden').waitFor();
    expect(await message('an insult').count()).toBe(0);
    await page.getByTestId('show-hidden').click();
    await message('an insult').waitFor();

    await page.getByTestId('join-name').fill('games');
    await page.getByTestId('join-name').press('Enter');
    await title('#games');
    server.say('general', 'bob', 'ada, another one');
    server.say('general', 'grace', 'mind your words');
    await page.getByTestId('unread-general').filter({ hasText: '1' }).waitFor();

    await page.getByTestId('settings').click();
    await page.getByTestId('blocked-people').getByText('bob', { exact: true }).waitFor();
    await page.getByTestId('whispers-from-nobody').check();
    await expect
      .poll(() => server.received.findLast(({ type }) => type === 'whisper:policy')?.data?.from)
      .toBe('nobody');
    await page.getByRole('button', { name: 'Unblock bob' }).click();
    await page.getByTestId('blocked-people').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByTestId('joined-channels').getByRole('link', { name: '#general' }).click();
    await message('ada, another one').waitFor();
    await page.getByTestId('hidden').waitFor({ state: 'detached' });
  });

  it('[PAGE-69] are written to only after they are unblocked', async () => {
    await enter(`${server.url}?whisper=id-bob`);
    await write('hello');
    await message('hello').waitFor();
    await page.getByTestId('channel-title').waitFor();
    await page.getByRole('button', { name: 'About bob' }).click();
    await page.getByTestId('block').click();
    await page.getByTestId('unblock').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('unblock-here').click();
    await write('hello again');
    await message('hello again').waitFor();
  });
});

describe('a whisper out of sight', () => {
  it('[PAGE-58] is told of like a mention, and leads to its conversation', async () => {
    await context.grantPermissions(['notifications']);
    await page.addInitScript(() => {
      const told: { title: string; click: () => void }[] = [];
      class FakeNotification {
        static permission = 'granted';
        onclick: (() => void) | null = null;
        constructor(text: string) {
          told.push({ title: text, click: () => this.onclick?.() });
        }
        close(): void {
          this.onclick = null;
        }
      }
      Object.assign(globalThis, { Notification: FakeNotification, told });
    });
    await enter();
    await page.getByTestId('settings').click();
    await page.getByTestId('notify-mentions').check();
    await page.keyboard.press('Escape');
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    });
    server.whisper('bob', 'ada', 'between us');
    const told = () =>
      page.evaluate(() =>
        (globalThis as unknown as { told: { title: string }[] }).told.map((one) => one.title),
      );
    await expect.poll(told).toEqual(['bob whispers to you']);
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
      (globalThis as unknown as { told: { click: () => void }[] }).told[0]?.click();
    });
    await title('bob');
    await message('between us').waitFor();
  });
});
