/** The page in moments that a scripted server brings about. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildPage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

let folder: string;
let browser: Browser;
let server: ScriptedServer;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hubbub-page-'));
  await buildPage(folder);
  browser = await launchChromium();
}, 300_000);

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  server = await ScriptedServer.start(folder);
  page = await browser.newPage();
  page.setDefaultTimeout(10_000);
});

afterEach(async () => {
  await page.close();
  await server.close();
});

async function enter(name: string, url = server.url): Promise<void> {
  await page.goto(url);
  await page.getByTestId('guest-name').fill(name);
  await page.getByTestId('enter').click();
  await page.getByTestId('composer').waitFor();
  await page.getByTestId('connection').filter({ hasText: 'Online' }).waitFor();
}

async function write(text: string): Promise<void> {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
}

const message = (text: string) => page.getByTestId('message').filter({ hasText: text });
const outgoing = (text: string) => page.getByTestId('outgoing').filter({ hasText: text });

describe('messages on their way', () => {
  it('[PAGE-9] shows a message as not sent yet until it is in the log, and once from then on', async () => {
    server.onSend = () => 'ignore';
    await enter('ada');
    await write('slowly');
    await outgoing('slowly').filter({ hasText: 'Not sent yet' }).waitFor();
    expect(await message('slowly').count()).toBe(0);

    server.onSend = () => 'take';
    server.disconnect(4200, '0');
    await message('slowly').waitFor();
    await outgoing('slowly').waitFor({ state: 'detached' });
    expect(await message('slowly').count()).toBe(1);
  });

  it('[PAGE-10] a refused message says why and can be tried again under the same id, or be discarded', async () => {
    server.onSend = () => ({ code: 'muted', message: 'you are muted' });
    await enter('ada');
    await write('first');
    await outgoing('first').filter({ hasText: 'you are muted' }).waitFor();

    server.onSend = () => 'take';
    await outgoing('first').getByTestId('retry').click();
    await message('first').waitFor();
    expect(await outgoing('first').count()).toBe(0);
    const ids = server.received.flatMap(({ type, data }) =>
      type === 'message:send' ? [data?.clientMessageId] : [],
    );
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);

    server.onSend = () => ({ code: 'blocked_content', message: 'not here' });
    await write('second');
    await outgoing('second').getByTestId('discard').click();
    await outgoing('second').waitFor({ state: 'detached' });
  });

  it('[PAGE-15] Enter sends, Shift and Enter begin a new line, too long a text is not sent', async () => {
    await enter('ada');
    const composer = page.getByTestId('composer');
    await composer.pressSequentially('one');
    await composer.press('Shift+Enter');
    await composer.pressSequentially('two');
    await composer.press('Enter');
    await message('one').waitFor();
    expect(await message('one').innerText()).toBe('one\ntwo');
    expect(await composer.inputValue()).toBe('');

    await composer.fill('x'.repeat(4_001));
    await page.getByTestId('length').filter({ hasText: '4001 of 4000' }).waitFor();
    expect(await page.getByTestId('send').isDisabled()).toBe(true);
    await composer.press('Enter');
    expect(await composer.inputValue()).toHaveLength(4_001);
    expect(server.received.filter(({ type }) => type === 'message:send')).toHaveLength(1);
  });
});

describe('the connection', () => {
  it('[PAGE-11] says in words when it is online, gone, and when the next try is', async () => {
    await enter('ada');
    server.disconnect(4200, '1500');
    const status = page.getByTestId('connection');
    await status.filter({ hasText: /^Disconnected$/u }).waitFor();
    await page
      .getByTestId('connection-banner')
      .filter({ hasText: /The server is restarting\..*Trying again in \d s/u })
      .waitFor();
    await status.filter({ hasText: /^Online$/u }).waitFor();
  });

  it('[PAGE-13] told not to come back, it signs out, says why, and keeps what was not sent', async () => {
    server.onSend = () => 'ignore';
    await enter('ada');
    await write('precious');
    await outgoing('precious').waitFor();
    server.disconnect(4003, 'banned for spam');
    await page.getByTestId('notice').filter({ hasText: 'banned for spam' }).waitFor();

    await page.getByTestId('guest-name').fill('ada');
    await page.getByTestId('enter').click();
    await page.getByTestId('composer').waitFor();
    expect(await page.getByTestId('composer').inputValue()).toBe('precious');
  });
});

describe('reading', () => {
  it('[PAGE-8] reading back, new messages move nothing; a button counts them and leads to the latest', async () => {
    for (let n = 1; n <= 90; n += 1) server.say('general', 'bob', `line ${n}`);
    await enter('ada');
    await message('line 90').waitFor();
    const log = page.getByTestId('log');
    await log.hover();
    await page.mouse.wheel(0, -700);
    await page.getByTestId('jump').waitFor();
    const inView = message('line 70');
    const before = await inView.boundingBox();

    server.say('general', 'bob', 'news one');
    server.say('general', 'bob', 'news two');
    await page.getByTestId('jump').filter({ hasText: '(2 new)' }).waitFor();
    expect(await inView.boundingBox()).toEqual(before);

    await page.getByTestId('jump').click();
    await page.getByTestId('jump').waitFor({ state: 'detached' });
    const belowEnd = () =>
      log.evaluate((box) => {
        const last = [...box.querySelectorAll('[data-seq]')].at(-1)!;
        return last.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom;
      });
    expect(await belowEnd()).toBeLessThan(2);

    server.say('general', 'bob', 'news three');
    await message('news three').waitFor();
    expect(await message('news three').isVisible()).toBe(true);
    await expect.poll(belowEnd).toBeLessThan(2);
  });

  it('[PAGE-14] a joined channel that is not looked at counts what others write, until it is opened', async () => {
    await enter('ada');
    await page.getByTestId('join-name').fill('games');
    await page.getByTestId('join-name').press('Enter');
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    server.say('general', 'bob', 'psst');
    server.say('general', 'bob', 'hello?');
    await page.getByTestId('unread-general').filter({ hasText: '2' }).waitFor();
    await expect.poll(() => page.title()).toBe('(2) #games · Scripted');

    await page.getByTestId('joined-channels').getByRole('link', { name: '#general' }).click();
    await message('hello?').waitFor();
    expect(await page.getByTestId('unread-general').count()).toBe(0);
  });
});

describe('shapes', () => {
  it('[PAGE-1] works behind a path, under its content security policy, and asks no other place for anything', async () => {
    const below = await ScriptedServer.start(folder, '/some/chat/');
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('websocket', (socket) => asked.push(socket.url().replace(/^ws/u, 'http')));
    page.on('console', (line) => complaints.push(line.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    below.say('general', 'bob', 'found you');
    await enter('ada', below.url);
    await message('found you').waitFor();
    expect(asked.filter((url) => !url.startsWith(below.url))).toEqual([]);
    expect(asked.length).toBeGreaterThanOrEqual(4);
    expect(complaints).toEqual([]);
    await page.close();
    await below.close();
  });

  it('[PAGE-16] at 360 px nothing scrolls sideways, and the keyboard opens and closes the lists', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    server.say('general', 'bob', 'w'.repeat(500));
    await enter('ada');
    await message('www').waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(360);

    const channels = page.getByRole('navigation', { name: 'Channels' });
    expect(await channels.isVisible()).toBe(false);
    await page.getByTestId('show-channels').focus();
    await page.keyboard.press('Enter');
    await channels.waitFor({ state: 'visible' });
    await page.keyboard.press('Escape');
    await channels.waitFor({ state: 'hidden' });
    await page.getByTestId('show-members').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('members').getByText('ada').waitFor({ state: 'visible' });
  });
});
