/** The page in moments that a scripted server brings about. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

let folder: string;
let browser: Browser;
let server: ScriptedServer;
let page: Page;

beforeAll(async () => {
  folder = await ensurePage();
  browser = await launchChromium();
}, 300_000);

afterAll(() => browser.close());

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
    await expect.poll(() => message('slowly').count()).toBe(1);
  });

  it('[PAGE-10] a refused message says why and can be tried again under the same id, or be discarded', async () => {
    server.onSend = () => ({ code: 'muted', message: 'you are muted' });
    await enter('ada');
    await write('first');
    await outgoing('first').filter({ hasText: 'you are muted' }).waitFor();

    server.onSend = () => 'take';
    await outgoing('first').getByTestId('retry').click();
    await message('first').waitFor();
    await outgoing('first').waitFor({ state: 'detached' });
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
    await holds('');

    await composer.fill('x'.repeat(4_001));
    await page.getByTestId('length').filter({ hasText: '4001 of 4000' }).waitFor();
    await expect.poll(() => page.getByTestId('send').isDisabled()).toBe(true);
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
    await holds('precious');
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
    await expect.poll(belowEnd).toBeLessThan(2);

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
    await page.getByTestId('unread-general').waitFor({ state: 'detached' });
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

describe('what one writes', () => {
  it('[PAGE-45] is kept for each channel over a reload until it is sent', async () => {
    await enter('ada');
    await page.getByTestId('composer').fill('half a thought');
    await join('games');
    await holds('');
    await page.getByTestId('composer').fill('another');
    await page.reload();
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    await holds('another');
    await open('general');
    await holds('half a thought');
    await page.getByTestId('composer').press('Enter');
    await message('half a thought').waitFor();
    await page.reload();
    await message('half a thought').waitFor();
    await holds('');
  });

  it('[PAGE-46] goes on under its id when the page was reloaded before it was acknowledged', async () => {
    server.onSend = () => 'ignore';
    await enter('ada');
    await write('on its way');
    await outgoing('on its way').waitFor();
    await expect.poll(() => sent().length).toBe(1);
    server.onSend = () => 'take';
    await page.reload();
    await message('on its way').waitFor();
    await outgoing('on its way').waitFor({ state: 'detached' });
    expect(await message('on its way').count()).toBe(1);
    expect(sent()).toHaveLength(2);
    expect(new Set(sent().map(({ data }) => data?.clientMessageId)).size).toBe(1);
  });

  it('[PAGE-53] grows with its text, up to a bound', async () => {
    await enter('ada');
    const composer = page.getByTestId('composer');
    const height = async (): Promise<number> => (await composer.boundingBox())!.height;
    const one = await height();
    await composer.fill('1\n2\n3');
    await expect.poll(height).toBeGreaterThan(one + 30);
    const three = await height();
    await composer.fill('line\n'.repeat(100));
    await expect.poll(height).toBeGreaterThan(three);
    expect(await height()).toBeLessThanOrEqual(page.viewportSize()!.height * 0.4);
    expect(await page.getByTestId('log').isVisible()).toBe(true);
  });

  it('[PAGE-53] takes emoji from a picker and from short codes, and names of who is present', async () => {
    server.present = [{ id: 'id-grace', name: 'Grace Hopper' }];
    await enter('ada');
    const composer = page.getByTestId('composer');
    await composer.pressSequentially('hi @gr');
    await page.getByTestId('completion').getByText('Grace Hopper').waitFor();
    await composer.press('Tab');
    await composer.pressSequentially(':tad');
    await page.getByTestId('completion').waitFor();
    await composer.press('Enter');
    await holds('hi @Grace Hopper 🎉 ');
    await composer.pressSequentially(':roc');
    await composer.press('Escape');
    await page.getByTestId('completion').waitFor({ state: 'detached' });
    await holds('hi @Grace Hopper 🎉 :roc');

    await composer.fill('now ');
    await composer.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByTestId('emoji-search').waitFor();
    await page.keyboard.type('pizza');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await holds('now 🍕');
    await page.getByTestId('emoji').click();
    await page.keyboard.press('Escape');
    await page.getByTestId('emoji-picker').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('emoji');
  });

  it('[PAGE-54] too long for one message can be sent as several, in order and whole', async () => {
    await enter('ada');
    const words = Array.from({ length: 1_200 }, (_, index) => `word${index}`);
    await page.getByTestId('composer').fill(words.join(' '));
    await page.getByTestId('send-pieces').filter({ hasText: 'Send as 3 messages' }).click();
    await expect.poll(() => sent().length).toBe(3);
    const pieces = sent().map(({ data }) => data?.content ?? '');
    expect(pieces.join(' ')).toBe(words.join(' '));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(4_000);
    await holds('');
  });
});

describe('channels', () => {
  it('[PAGE-49] are found among those that are known at once, and by asking for the rest; long lists come in pages', async () => {
    for (let n = 1; n <= 250; n += 1) server.say(`room-${String(n).padStart(3, '0')}`, 'bob', 'hi');
    server.say('general', 'bob', 'hi');
    server.say('zoo', 'bob', 'hi');
    await enter('ada');
    const others = page.getByTestId('other-channels').getByRole('link');
    await expect.poll(() => others.count()).toBe(199);
    await page.getByTestId('join-name').fill('zo');
    await page.getByTestId('found-channels').getByRole('link', { name: '#zoo' }).waitFor();
    expect(server.received.filter(({ data }) => data?.prefix === 'zo')).toHaveLength(1);
    await page.getByTestId('join-name').fill('om-17');
    await expect.poll(() => page.getByTestId('found-channels').getByRole('link').count()).toBe(10);
    await page.getByTestId('join-name').press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByTestId('channel-title').filter({ hasText: '#room-170' }).waitFor();
    await expect.poll(() => page.getByTestId('join-name').inputValue()).toBe('');
    await page.getByTestId('more-channels').click();
    await expect.poll(() => others.count()).toBe(250);
    await page.getByTestId('more-channels').waitFor({ state: 'detached' });
  });

  it('[PAGE-51] have addresses: a link leads to one, and back and forward go through them', async () => {
    server.say('games', 'bob', 'found by its link');
    await enter('ada', `${server.url}?channel=games`);
    await message('found by its link').waitFor();
    await join('music');
    await page.waitForURL((address) => address.searchParams.get('channel') === 'music');
    await page.goBack();
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    await page.goForward();
    await page.getByTestId('channel-title').filter({ hasText: '#music' }).waitFor();
    await page.getByTestId('leave').click();
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    await page.waitForURL((address) => address.searchParams.get('channel') === 'games');
    await page.goto(`${server.url}#music`);
    await page.getByTestId('channel-title').filter({ hasText: '#music' }).waitFor();
  });

  it('[PAGE-52] list who is present and mark oneself; beyond the first hundred people are looked for and shown on demand', async () => {
    server.present = Array.from({ length: 450 }, (_, index) => ({
      id: `p-${String(index).padStart(3, '0')}`,
      name: `person ${index}`,
    }));
    await enter('ada');
    await expect.poll(() => page.getByTestId('member-count').innerText()).toBe('451');
    const members = page.getByTestId('members').getByRole('listitem');
    await expect.poll(() => members.count()).toBe(100);
    await members.filter({ hasText: 'ada' }).filter({ hasText: 'you' }).waitFor();
    await page.getByTestId('member-search').fill('person 44');
    await members.filter({ hasText: 'person 449' }).waitFor();
    await expect.poll(() => members.count()).toBe(11);
    await page.getByTestId('member-search').fill('');
    while ((await page.getByTestId('more-members').count()) > 0) {
      const before = await members.count();
      await page.getByTestId('more-members').click();
      await expect
        .poll(
          async () =>
            (await members.count()) > before || (await page.getByTestId('more-members').count()) === 0,
        )
        .toBe(true);
    }
    await expect.poll(() => members.count()).toBe(451);
  });
});

describe('the keyboard', () => {
  it('[PAGE-55] goes through channels, to one by its name, to the latest message, and says what it can', async () => {
    for (let n = 1; n <= 90; n += 1) server.say('general', 'bob', `line ${n}`);
    await enter('ada');
    await join('games');
    await join('music');
    const title = page.getByTestId('channel-title');
    // Also from where one writes, where the arrow alone edits what one wrote last.
    await page.getByTestId('composer').focus();
    await page.keyboard.press('Alt+ArrowUp');
    await title.filter({ hasText: '#games' }).waitFor();
    await page.keyboard.press('Alt+ArrowDown');
    await title.filter({ hasText: '#music' }).waitFor();
    server.say('games', 'bob', 'news');
    await page.getByTestId('unread-games').waitFor();
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await title.filter({ hasText: '#games' }).waitFor();

    await page.keyboard.press('Control+k');
    await page.getByTestId('switcher-input').waitFor();
    await page.keyboard.type('gen');
    await page.keyboard.press('Enter');
    await title.filter({ hasText: '#general' }).waitFor();
    await page.getByTestId('quick-switcher').waitFor({ state: 'detached' });
    await page.getByTestId('log').focus();
    await page.keyboard.press('Home');
    await page.getByTestId('jump').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('jump').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('composer');

    await page.keyboard.type('what?');
    expect(await page.getByTestId('shortcuts-dialog').count()).toBe(0);
    await page.getByTestId('log').focus();
    await page.keyboard.press('?');
    await page.getByTestId('shortcuts-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('shortcuts-dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe('log');
  });
});

describe('a connection that breaks', () => {
  it('[PAGE-57] says why, and that the device is offline; a press tries at once, and nothing moves', async () => {
    await enter('ada');
    server.say('general', 'bob', 'before');
    await message('before').waitFor();
    const before = await message('before').boundingBox();
    server.disconnect(4200, '60000');
    const banner = page.getByTestId('connection-banner');
    await banner.filter({ hasText: 'The server is restarting.' }).waitFor();
    expect(await message('before').boundingBox()).toEqual(before);
    await page.context().setOffline(true);
    await banner.filter({ hasText: 'Your device is offline.' }).waitFor();
    await page.context().setOffline(false);
    // Back in the network; but the server has asked for a minute.
    await banner.filter({ hasText: 'The server is restarting.' }).waitFor();
    await page.getByTestId('connect-now').click();
    await page.getByTestId('connection').filter({ hasText: 'Online' }).waitFor();
    await banner.waitFor({ state: 'detached' });
    expect(await message('before').boundingBox()).toEqual(before);
  });
});

describe('the page’s looks', () => {
  it('[PAGE-60] follow the system, or the choice that is kept, before anything is drawn', async () => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    await enter('ada');
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(ground).not.toBe(light);
    const dark = await ground();
    await page.getByTestId('settings').click();
    await page.getByTestId('theme-light').check();
    await expect.poll(ground).toBe(light);
    // Nothing of the app runs now, and still the choice holds.
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.reload();
    expect(await ground()).toBe(light);
    await page.unrouteAll();
    await page.reload();
    await page.getByTestId('settings').click();
    await page.getByTestId('theme-system').check();
    await expect.poll(ground).toBe(dark);
  });

  it('[PAGE-59] tell in title and icon what waits to be read, and mentions apart', async () => {
    await enter('ada');
    await join('games');
    const icon = () => page.locator('link[rel=icon]').getAttribute('href');
    server.say('general', 'bob', 'hello everybody');
    await expect.poll(() => page.title()).toBe('(1) #games · Scripted');
    await expect.poll(icon).toBe('./favicon-unread.svg');
    server.say('general', 'bob', 'and you, Ada?');
    await expect.poll(icon).toBe('./favicon-mention.svg');
    await page.getByTestId('unread-general').filter({ hasText: 'you are mentioned' }).waitFor();
    await open('general');
    await expect.poll(() => page.title()).toBe('#general · Scripted');
    await expect.poll(icon).toBe('./favicon.svg');
  });
});

describe('notifications', () => {
  it('[PAGE-58] are asked for by a click alone, come while the page is out of sight, and lead to their channel', async () => {
    const notifying = await launchChromium({ notifications: true });
    onTestFinished(() => notifying.close());
    const context = await notifying.newContext();
    const asked = await watchNotifications(context);
    await page.close();
    page = await context.newPage();
    await enter('ada');
    await join('games');
    expect(await asked(page)).toBe(0);
    await hide(page, true);
    server.say('general', 'bob', 'nobody asked for this');
    await page.getByTestId('unread-general').waitFor();
    expect(await told(page)).toEqual([]);

    await context.grantPermissions(['notifications'], { origin: new URL(server.url).origin });
    await page.getByTestId('settings').click();
    await page.getByTestId('notify-all').check();
    await expect.poll(() => page.getByTestId('notify-all').isChecked()).toBe(true);
    await page.keyboard.press('Escape');
    server.say('general', 'bob', 'first');
    server.say('general', 'bob', 'so, ADA, what now?');
    await expect
      .poll(() => told(page))
      .toEqual([
        { title: 'bob in #general', body: 'first', tag: 'hubbub:general', open: true },
        {
          title: 'bob mentioned you in #general',
          body: 'so, ADA, what now?',
          tag: 'hubbub:general',
          open: true,
        },
      ]);
    await page.evaluate(() => {
      (globalThis as unknown as Watched).told.at(-1)!.onclick?.();
    });
    await page.getByTestId('channel-title').filter({ hasText: '#general' }).waitFor();
    await expect.poll(async () => (await told(page)).at(-1)?.open).toBe(false);

    // In view nothing is told.
    await hide(page, false);
    server.say('games', 'bob', 'you see this');
    await page.getByTestId('unread-games').waitFor();
    expect(await told(page)).toHaveLength(2);

    // Kept over a reload; and for those who want mentions only.
    await page.reload();
    await page.getByTestId('connection').filter({ hasText: 'Online' }).waitFor();
    await page.getByTestId('settings').click();
    await expect.poll(() => page.getByTestId('notify-all').isChecked()).toBe(true);
    await page.getByTestId('notify-mentions').check();
    await page.keyboard.press('Escape');
    await hide(page, true);
    server.say('games', 'bob', 'not about you');
    server.say('games', 'bob', '@ada this is');
    await expect.poll(async () => (await told(page)).map(({ body }) => body)).toEqual(['@ada this is']);
    await context.close();
    page = await browser.newPage();
  });

  it('[PAGE-58] that the browser forbids are said to be forbidden', async () => {
    // Headless Chromium denies what nobody granted.
    await enter('ada');
    await page.getByTestId('settings').click();
    await page.getByTestId('notify-all').click();
    await page.getByTestId('notify-hint').filter({ hasText: 'does not let this page notify you' }).waitFor();
    await expect.poll(() => page.getByTestId('notify-off').isChecked()).toBe(true);
  });
});

/** Joins a channel by its name. */
async function join(channelId: string): Promise<void> {
  await page.getByTestId('join-name').fill(channelId);
  await page.getByTestId('join-name').press('Enter');
  await page
    .getByTestId('channel-title')
    .filter({ hasText: `#${channelId}` })
    .waitFor();
}

async function open(channelId: string): Promise<void> {
  await page
    .getByTestId('joined-channels')
    .getByRole('link', { name: `#${channelId}` })
    .click();
  await page
    .getByTestId('channel-title')
    .filter({ hasText: `#${channelId}` })
    .waitFor();
}

/** Resolves when the composer holds this text. */
const holds = (text: string) => expect.poll(() => page.getByTestId('composer').inputValue()).toBe(text);

const sent = () => server.received.filter(({ type }) => type === 'message:send');

const focused = (on: Page) =>
  on.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['testid'] ?? null);

interface Watched {
  asked: number;
  told: (Notification & { open: boolean; onclick: (() => void) | null })[];
}

/** Keeps what the page has the browser show, which nobody would see here. */
async function watchNotifications(context: BrowserContext): Promise<(on: Page) => Promise<number>> {
  await context.addInitScript(() => {
    const watched = globalThis as unknown as Watched;
    watched.asked = 0;
    watched.told = [];
    const Real = Notification;
    class Kept extends Real {
      open = true;
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        watched.told.push(this as never);
      }
      static override async requestPermission(): Promise<NotificationPermission> {
        watched.asked += 1;
        return Real.requestPermission();
      }
      override close(): void {
        this.open = false;
        super.close();
      }
    }
    globalThis.Notification = Kept;
  });
  return (on) => on.evaluate(() => (globalThis as unknown as Watched).asked);
}

const told = (on: Page) =>
  on.evaluate(() =>
    (globalThis as unknown as Watched).told.map(({ title, body, tag, open }) => ({ title, body, tag, open })),
  );

/** Headless pages are always in view: they are told that they aren't. */
async function hide(on: Page, hidden: boolean): Promise<void> {
  await on.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    hidden ? 'hidden' : 'visible',
  );
}
