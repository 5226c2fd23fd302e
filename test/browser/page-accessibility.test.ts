/** The page for everyone: without a mouse, on a phone, zoomed, in any colours, with a screen reader's rules. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

let folder: string;
let browser: Browser;
let server: ScriptedServer;
let page: Page;
let axe: string;

beforeAll(async () => {
  folder = await ensurePage();
  browser = await launchChromium();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
}, 300_000);

afterAll(() => browser.close());

beforeEach(async () => {
  server = await ScriptedServer.start(folder);
  server.say('general', 'grace', 'Good morning, **everyone**: https://example.org/plan');
  server.say('general', 'bob', '```js\nconst answer = 42;\n```');
  server.say('general', 'bob', 'It says `npm start`.\n> so it does');
  server.say('games', 'bob', 'anyone?');
});

afterEach(async () => {
  await page.context().close();
  await server.close();
});

const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true } as const;

async function arrive(options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext(options);
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(server.url);
  await page.getByTestId('enter').waitFor();
}

async function enter(options: BrowserContextOptions = {}): Promise<void> {
  await arrive(options);
  await page.getByTestId('guest-name').fill('ada');
  await page.getByTestId('enter').click();
  await page.getByTestId('message').first().waitFor();
}

/** What the script of axe-core leaves in the page. */
interface Axe {
  run(options: RunOptions): Promise<AxeResults>;
}

/** What axe holds to be serious or critical in the page as it is now. */
async function findings(): Promise<string[]> {
  // Colours are judged when nothing moves any more.
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
  );
  await page.evaluate(axe);
  // The dark page differs from the light one in nothing but its colours.
  const { violations } = await page.evaluate(() => {
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    const options: RunOptions = {
      resultTypes: ['violations'],
      ...(isDark ? { runOnly: ['color-contrast'] } : {}),
    };
    return (globalThis as unknown as { axe: Axe }).axe.run(options);
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
    );
}

const focused = () =>
  page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['testid'] ?? null);

/** Moves the focus on until it is at `testId`, as someone without a mouse does. */
async function tabTo(testId: string): Promise<void> {
  for (let steps = 0; steps < 60; steps += 1) {
    if ((await focused()) === testId) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard doesn't lead to ${testId}`);
}

async function whisper(text: string): Promise<void> {
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
  await page.getByTestId('message').filter({ hasText: text }).waitFor();
}

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it('[PAGE-61] signing in has no serious findings, in any of its forms', async () => {
    server.answers.set('oidc/issuers', {
      items: [
        {
          issuer: 'https://id.example',
          name: 'id.example',
          authorization_endpoint: 'https://id.example/auth',
          client_id: 'chat',
          scope: 'openid',
          parameters: {},
        },
      ],
    });
    await arrive({ colorScheme });
    await page.getByTestId('issuer').waitFor();
    for (const way of ['guest', 'log-in', 'register']) {
      await page.getByTestId(`way-${way}`).click();
      expect(await findings()).toEqual([]);
    }
    await page.getByTestId('way-log-in').click();
    await page.getByTestId('log-in-name').fill('grace');
    await page.getByTestId('log-in-password').fill('wrong wrong');
    await page.getByTestId('log-in').click();
    await page.getByTestId('notice').filter({ hasText: /\w/u }).waitFor();
    expect(await findings()).toEqual([]);
  });

  it('[PAGE-61] the chat has none either: reading, unread, not sent, without connection', async () => {
    await enter({ colorScheme });
    expect(await findings()).toEqual([]);
    await page.getByTestId('join-name').fill('games');
    expect(await findings()).toEqual([]);
    await page.getByTestId('join-name').press('Enter');
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    server.say('general', 'bob', 'ada, are you there?');
    await page.getByTestId('unread-general').waitFor();
    server.onSend = () => ({ code: 'muted', message: 'you are muted' });
    await page.getByTestId('composer').fill('hello?');
    await page.getByTestId('composer').press('Enter');
    await page.getByTestId('retry').waitFor();
    await page.getByTestId('composer').fill('x'.repeat(4_100));
    expect(await findings()).toEqual([]);
    server.disconnect(4200, '60000');
    await page.getByTestId('connection-banner').waitFor();
    expect(await findings()).toEqual([]);
  });

  it('[PAGE-61] nor have the dialogs, the emoji and the completions', async () => {
    await enter({ colorScheme });
    for (const opener of ['settings', 'account', 'new-channel']) {
      await page.getByTestId(opener).click();
      await page.locator('dialog[open]').waitFor();
      expect(await findings()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
    }
    await page.keyboard.press('Control+k');
    await page.getByTestId('switcher-input').waitFor();
    expect(await findings()).toEqual([]);
    await page.keyboard.press('Escape');
    // What closes gives the focus back to where it was: only then it is anyone's to move.
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await expect
      .poll(
        async () => {
          if (await page.getByTestId('shortcuts-dialog').isVisible()) return true;
          await page.getByTestId('log').focus();
          await page.keyboard.press('?');
          return false;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(true);
    expect(await findings()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await page.getByTestId('emoji').click();
    await page.getByTestId('emoji-picker').waitFor();
    expect(await findings()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('emoji-picker').waitFor({ state: 'detached' });
    await page.getByTestId('composer').pressSequentially(':he');
    await page.getByTestId('completion').waitFor();
    expect(await findings()).toEqual([]);
  });

  it('[PAGE-61] nor have reactions, replies and mentions, what is done about messages, and what moderators see', async () => {
    server.roles = ['moderator'];
    const bob = { id: 'id-bob', name: 'bob' };
    const quote = { id: 'general-1', author: bob, content: 'a question' };
    server.say('general', 'bob', 'a question', { thread: { count: 1, lastAt: 1 }, pinned: true });
    server.say('general', 'bob', 'an answer', {
      ...{ replyTo: quote.id, quote, mentions: [{ id: 'id-ada', name: 'ada' }] },
      reactions: [
        { emoji: '👍', users: ['id-bob', 'id-ada'] },
        { emoji: '🎉', users: ['id-bob'] },
      ],
    });
    await enter({ colorScheme });
    await page.getByTestId('reactions').waitFor();
    expect(await findings()).toEqual([]);
    await page.getByTestId('log').focus();
    await page.keyboard.press('ArrowUp');
    for (const [key, dialog] of [
      ['Enter', 'message-menu'],
      ['+', 'react-dialog'],
      ['t', 'thread-dialog'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByTestId(dialog).waitFor();
      expect(await findings()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByTestId(dialog).waitFor({ state: 'detached' });
    }
    for (const opener of ['open-search', 'show-pins', 'show-reports', 'show-channel-settings']) {
      await page.getByTestId(opener).click();
      await page.locator('dialog[open]').waitFor();
      expect(await findings()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
    }
    await page.getByTestId('log').getByRole('button', { name: 'bob' }).first().click();
    await page.getByTestId('mute').waitFor();
    expect(await findings()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByTestId('log').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('r');
    await page.getByTestId('answering').waitFor();
    expect(await findings()).toEqual([]);
  });

  it('[PAGE-61] nor have conversations: their list, receipts, edits, tombstones, refusals, and people', async () => {
    server.present = [{ id: 'id-bob', name: 'bob' }];
    server.whisper('grace', 'ada', 'good morning');
    await enter({ colorScheme });
    await page.getByTestId('unread-@id-grace').waitFor();
    expect(await findings()).toEqual([]);
    await page.getByTestId('members').getByRole('button', { name: 'bob' }).click();
    await page.getByTestId('person-card').waitFor();
    expect(await findings()).toEqual([]);
    await page.getByTestId('whisper').click();
    for (const text of ['one', 'two']) await whisper(text);
    await page.getByTestId('composer').press('ArrowUp');
    await page.getByTestId('editing').waitFor();
    expect(await findings()).toEqual([]);
    await whisper('two and a half');
    await page.getByTestId('edited').waitFor();
    const remove = page.getByRole('listitem').filter({ hasText: 'one' }).getByTestId('delete');
    await remove.focus();
    await remove.click();
    await remove.filter({ hasText: 'Delete for both?' }).waitFor();
    expect(await findings()).toEqual([]);
    await remove.click();
    await page.getByTestId('deleted').waitFor();
    await page.getByTestId('composer').fill('/w nobody hello');
    await page.getByTestId('composer').press('Enter');
    await page.getByTestId('composer-problem').waitFor();
    expect(await findings()).toEqual([]);

    await page.getByTestId('composer').fill('');
    await page.getByRole('button', { name: 'About bob' }).click();
    await page.getByTestId('block').click();
    await page.getByTestId('unblock').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('blocked-note').waitFor();
    expect(await findings()).toEqual([]);
    await page.getByTestId('joined-channels').getByRole('link', { name: '#general' }).click();
    await page.getByTestId('hidden').first().waitFor();
    expect(await findings()).toEqual([]);
    await page.getByTestId('settings').click();
    await page.getByTestId('blocked-people').waitFor();
    expect(await findings()).toEqual([]);
  });

  it('[PAGE-61] nor has a phone, with its lists over the messages', async () => {
    await enter({ colorScheme, ...PHONE });
    expect(await findings()).toEqual([]);
    for (const drawer of ['channels', 'members']) {
      await page.getByTestId(`show-${drawer}`).click();
      await page.locator(`#${drawer}`).waitFor({ state: 'visible' });
      expect(await findings()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator(`#${drawer}`).waitFor({ state: 'hidden' });
    }
  });
});

describe('without a mouse', () => {
  it('[PAGE-56] one signs in, reads, writes, changes the channel and signs out', async () => {
    await arrive();
    await tabTo('guest-name');
    await page.keyboard.type('ada');
    await page.keyboard.press('Enter');
    await page.getByTestId('message').first().waitFor();
    await expect.poll(focused).toBe('composer');
    await page.keyboard.type('written blind');
    await page.keyboard.press('Enter');
    await page.getByTestId('message').filter({ hasText: 'written blind' }).waitFor();
    await expect.poll(focused).toBe('composer');

    await page.keyboard.press('Control+k');
    await page.getByTestId('switcher-input').waitFor();
    await page.keyboard.type('games');
    await page.keyboard.press('Enter');
    await page.getByTestId('channel-title').filter({ hasText: '#games' }).waitFor();
    await expect.poll(focused).toBe('composer');

    await tabTo('account');
    await page.keyboard.press('Enter');
    await page.getByTestId('account-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('account-dialog').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('account');
    await page.keyboard.press('Enter');
    await tabTo('sign-out');
    await page.keyboard.press('Enter');
    await page.getByTestId('guest-name').waitFor();
  });

  it('[PAGE-56, PAGE-65, PAGE-67] one whispers to a member, edits, deletes, and blocks; the focus is never lost', async () => {
    server.present = [{ id: 'id-bob', name: 'bob' }];
    await enter();
    await page.getByTestId('members').getByText('bob').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByTestId('switcher-input').waitFor();
    await page.keyboard.type('bob');
    await page.keyboard.press('Enter');
    await page.getByTestId('channel-title').getByText('bob', { exact: true }).waitFor();
    await expect.poll(focused).toBe('composer');
    await page.keyboard.type('first');
    await page.keyboard.press('Enter');
    await page.getByTestId('message').filter({ hasText: 'first' }).waitFor();

    for (let steps = 0; (await focused()) !== 'edit'; steps += 1) {
      expect(steps).toBeLessThan(20);
      await page.keyboard.press('Shift+Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByTestId('editing').waitFor();
    await expect.poll(focused).toBe('composer');
    await page.keyboard.type(' of all');
    await page.keyboard.press('Enter');
    await page.getByTestId('message').filter({ hasText: 'first of all' }).waitFor();
    await expect.poll(focused).toBe('composer');

    for (let steps = 0; (await focused()) !== 'delete'; steps += 1) {
      expect(steps).toBeLessThan(20);
      await page.keyboard.press('Shift+Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByText('Delete for both?').waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('deleted').waitFor();
    await expect.poll(focused).toBe('composer');

    for (let steps = 0; (await focused()) !== 'person'; steps += 1) {
      expect(steps).toBeLessThan(20);
      await page.keyboard.press('Shift+Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByTestId('person-card').waitFor();
    await tabTo('block');
    await page.keyboard.press('Enter');
    await page.getByTestId('unblock').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('person-card').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('person');
    await page.getByTestId('unblock-here').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('composer').waitFor();
    await expect.poll(focused).toBe('composer');
  });

  it('[PAGE-56] the first stop leads past the lists; every stop can be seen; the focus is never lost', async () => {
    await enter();
    await page.getByTestId('open-search').focus();
    await page.keyboard.press('Shift+Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip-link');
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe('composer');

    // Round the page once: each stop has an outline, or a box that shows it.
    const unseen = new Set<string>();
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        if (element === document.body) return null;
        const seen = (one: Element | null): boolean => {
          if (one === null) return false;
          const { outlineStyle, boxShadow } = getComputedStyle(one);
          return outlineStyle !== 'none' || boxShadow !== 'none';
        };
        return seen(element) || seen(element.closest('.composer-box')) ? null : element.outerHTML;
      });
      if (stop !== null) unseen.add(stop);
    }
    expect([...unseen]).toEqual([]);

    // Leaving a channel takes away the button that had the focus.
    await tabTo('leave');
    await page.keyboard.press('Enter');
    await page.getByText('You are in no channel').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement !== document.body)).toBe(true);
  });

  it('[PAGE-56] a drawer keeps the focus, and gives it back', async () => {
    await enter(PHONE);
    await page.getByTestId('show-channels').focus();
    await page.keyboard.press('Enter');
    await page.locator('#channels').waitFor({ state: 'visible' });
    for (let steps = 0; steps < 15; steps += 1) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.closest('.conversation') ?? null)).toBeNull();
    }
    await page.keyboard.press('Escape');
    await page.locator('#channels').waitFor({ state: 'hidden' });
    await expect.poll(focused).toBe('show-channels');
  });
});

describe('of any size', () => {
  it('[PAGE-62] at 320 px, and at twice the size of letters, nothing is cut off or scrolls sideways', async () => {
    server.present = [{ id: 'id-bob', name: 'bob' }];
    server.say('general', 'bob', 'w'.repeat(500));
    await arrive(PHONE);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await page.getByTestId('guest-name').fill('n'.repeat(32));
    await page.getByTestId('enter').click();
    await page.getByTestId('message').first().waitFor();
    const checkAll = async (): Promise<void> => {
      await expect.poll(overflow).toBe(0);
      for (const testId of ['composer', 'send', 'emoji', 'show-channels', 'show-members']) {
        const box = (await page.getByTestId(testId).boundingBox())!;
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(320);
        expect(box.y + box.height).toBeLessThanOrEqual(640);
      }
    };
    await checkAll();
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    await checkAll();

    await page.getByTestId('log').getByRole('button', { name: 'bob' }).last().click();
    await page.getByTestId('person-card').waitFor();
    await expect.poll(overflow).toBe(0);
    await page.getByTestId('whisper').click();
    await page.getByTestId('log').and(page.locator('[data-room=conversation]')).waitFor();
    await whisper('w'.repeat(500));
    await expect.poll(overflow).toBe(0);
    for (const testId of ['composer', 'send', 'show-channels', 'edit', 'delete']) {
      const box = (await page.getByTestId(testId).boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(320);
    }
  });

  it('[PAGE-62] fingers find targets of 44 px', async () => {
    server.whisper('bob', 'ada', 'psst');
    await enter(PHONE);
    const small = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('button, input, textarea, summary, .channel-link, [role=option]')]
          .filter(
            (one) => one.checkVisibility({ visibilityProperty: true }) && one.closest('[inert]') === null,
          )
          .filter((one) => !one.matches('[type=radio], .log *'))
          .filter((one) => Math.round(one.getBoundingClientRect().height) < 44)
          .map((one) => one.outerHTML),
      );
    expect(await small()).toEqual([]);
    await page.getByTestId('show-channels').click();
    await page.locator('#channels').waitFor({ state: 'visible' });
    expect(await small()).toEqual([]);
    for (const opener of ['settings', 'account']) {
      await page.getByTestId(opener).click();
      await page.locator('dialog[open]').waitFor();
      expect(await small()).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });

  it('[PAGE-62] keeps still for those who want that, and shows what is chosen in forced colours', async () => {
    await enter({ reducedMotion: 'reduce', forcedColors: 'active' });
    await page.getByTestId('settings').click();
    await page.locator('dialog[open]').waitFor();
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    const outline = await page
      .locator('.channel-link[aria-current=page]')
      .evaluate((link) => getComputedStyle(link).outlineStyle);
    expect(outline).toBe('solid');
  });
});

describe('as an app', () => {
  it('[PAGE-63] can be installed: its manifest and icons are there, behind a path too', async () => {
    await arrive();
    const below = await ScriptedServer.start(folder, '/some/chat/');
    const manifestUrl = new URL('manifest.webmanifest', below.url);
    const manifest = (await (await fetch(manifestUrl)).json()) as {
      start_url: string;
      display: string;
      icons: { src: string; type: string; sizes: string }[];
    };
    expect(new URL(manifest.start_url, manifestUrl).href).toBe(below.url);
    expect(manifest.display).toBe('standalone');
    expect(manifest.icons.map(({ sizes }) => sizes)).toContain('512x512');
    for (const { src, type, sizes } of manifest.icons) {
      const answer = await fetch(new URL(src, manifestUrl));
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
      if (type !== 'image/png') continue;
      // PNG, section 11.2.2: width and height stand behind the signature and the head of the first chunk.
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`).toBe(sizes);
    }
    await below.close();
  });

  it('[PAGE-63] is less than 100 KB, compressed', async () => {
    await arrive();
    // What it shares with the dashboard is named in its document too.
    const document = await readFile(path.join(folder, 'index.html'), 'utf8');
    const named = [...document.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/gu)].map(([, name]) => name!);
    const text = ['index.html', ...named];
    const sizes = await Promise.all(
      text.map(async (name) => gzipSync(await readFile(path.join(folder, name))).length),
    );
    expect(sizes.length).toBeGreaterThanOrEqual(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
  });
});
