/** The dashboard, on a real server, by a moderator of an issuer and by the administrator. */
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { AUDIENCE, CLIENT_ID, IdentityProvider } from '../support/identity-provider.ts';
import { freePort } from '../support/server-process.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const ADMIN_PASSWORD = 'correct horse battery';
const DASHBOARD_CLIENT = 'the-dashboard';
const PHONE = { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } as const;

let browser: Browser;
let server: WireServer;
let provider: IdentityProvider;
let url: string;
let axe: string;
/** Where the built pages are. */
let folder: string;
let context: BrowserContext;
/** A guest who writes, and is written about. */
let eve: ChatClient;
let eveId: string;
let adaId: string;

beforeAll(async () => {
  folder = await ensurePage();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  provider = await IdentityProvider.start({
    redirectUri: `${url}/dashboard`,
    clients: [DASHBOARD_CLIENT],
    roles: ['moderator'],
  });
  const env = {
    ...{ ADMIN_PASSWORD, OIDC_ISSUERS: provider.issuer, OIDC_CLIENT_ID: CLIENT_ID, OIDC_AUDIENCE: AUDIENCE },
    DASHBOARD_CLIENT_IDS: DASHBOARD_CLIENT,
    // Nobody is there, and nobody is kept out.
    ...{ DECISION_HOOK_URL: 'http://127.0.0.1:9/decide', DECISION_HOOK_SECRET: 'd'.repeat(32) },
    ...{ DECISION_HOOKS: 'may-connect', DECISION_HOOK_AWAY: 'allow' },
  };
  [browser, server] = await Promise.all([launchChromium(), startWireServer(env, port)]);
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  eve = new ChatClient({ url, name: 'eve' });
  eveId = (await eve.connect()).user.id;
  const ada = new ChatClient({ url, name: 'ada' });
  adaId = (await ada.connect()).user.id;
  for (const one of [eve, ada]) await one.join('general');
  const { id } = await eve.send('general', 'buy cheap pills');
  await ada.request('message:report', { channelId: 'general', data: { id, reason: 'an advertisement' } });
  ada.close();
}, 300_000);

afterAll(async () => {
  eve.close();
  await browser.close();
  await Promise.all([server.end(), provider.goDown()]);
});

afterEach(() => context.close());

/** The dashboard in a browser of its own, at a place; `foreign` gets what was asked of anybody else than the server. */
async function open(place = '', options: BrowserContextOptions = {}, foreign: string[] = []): Promise<Page> {
  context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) foreign.push(request.url());
  });
  page.on('console', (line) => {
    if (line.text().includes('Content Security Policy')) foreign.push(line.text());
  });
  await page.goto(`${url}/dashboard${place}`);
  return page;
}

async function logIn(page: Page, name: string, password = ADMIN_PASSWORD): Promise<void> {
  await page.getByTestId('log-in-name').fill(name);
  await page.getByTestId('log-in-password').fill(password);
  await page.getByTestId('log-in').click();
}

async function go(page: Page, to: string, title: string): Promise<void> {
  await page.getByTestId(`to-${to}`).click();
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
}

/** The rows that hold a text, of the table with this name. */
function rows(page: Page, table: string, text: string): Locator {
  return page.getByTestId(table).getByTestId('row').filter({ hasText: text });
}

async function submit(page: Page): Promise<void> {
  await page.getByTestId('dialog-submit').click();
  await page.locator('dialog').waitFor({ state: 'detached' });
}

/** What axe holds to be serious or critical in the page as it is now. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  await page.evaluate(axe);
  // The dark page differs from the light one in nothing but its colours.
  const { violations } = await page.evaluate(() => {
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    return (globalThis as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }).axe.run({
      resultTypes: ['violations'],
      ...(isDark ? { runOnly: ['color-contrast'] } : {}),
    });
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('logging in', () => {
  it('[DASH-1] [DASH-2] with an account: asks nobody else, renews, stays over a reload, and ends', async () => {
    const foreign: string[] = [];
    const page = await open('#/bans', {}, foreign);
    await logIn(page, 'admin', 'wrong wrong wrong');
    await page.getByTestId('notice').filter({ hasText: /\w/u }).waitFor();
    await logIn(page, 'admin');
    await page.getByTestId('who').filter({ hasText: 'admin' }).waitFor();
    // As after an hour: the kept token has ended.
    await page.evaluate(() => {
      const [key, text] = Object.entries(localStorage).find(([name]) => name.startsWith('hubbub:identity'))!;
      localStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), token: 'ended', expiresAt: 0 }));
    });
    await page.reload();
    await page.getByTestId('empty').filter({ hasText: 'Nobody is banned' }).waitFor();
    await page.getByTestId('log-out').click();
    await page.getByTestId('log-in').waitFor();
    await page.reload();
    await page.getByTestId('log-in').waitFor();
    expect(foreign).toEqual([]);
    // So it works behind a path, too.
    const built = await readFile(path.join(folder, 'dashboard.html'), 'utf8');
    const named = [...built.matchAll(/(?:src|href)="([^"]*)"/gu)].map(([, address]) => address!);
    expect(named.filter((address) => !address.startsWith('./'))).toEqual([]);
  });

  it('[DASH-3] tells whoever is neither moderator nor admin that it is not for them', async () => {
    const page = await open();
    const account = { username: 'visitor', password: ADMIN_PASSWORD };
    const made = await fetch(`${url}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
    expect(made.status).toBe(201);
    await logIn(page, 'visitor');
    await page.getByTestId('refused').filter({ hasText: 'visitor' }).waitFor();
    await page.getByTestId('log-out').click();
    await page.getByTestId('log-in').waitFor();
  });

  it('[DASH-2] [DASH-3] with an issuer, as the dashboard’s client; a moderator sees no audit log', async () => {
    const page = await open();
    await page.getByTestId('issuer').click();
    await page.waitForURL((address) => address.href.startsWith(provider.issuer));
    await page.locator('input[name=name]').fill('mona');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByTestId('who').filter({ hasText: 'moderator' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.getByTestId('to-limits').waitFor();
    expect(await page.getByTestId('to-audit').count()).toBe(0);
    await page.goto(`${url}/dashboard#/audit`);
    await page.getByTestId('empty').filter({ hasText: 'no such page' }).waitFor();
  });
});

describe('the pages', () => {
  it('[DASH-4] [DASH-6] [DASH-11] [DASH-19] channels, limits and the name of the server', async () => {
    const page = await open('#/channels');
    await logIn(page, 'admin');
    await rows(page, 'channels', 'general').waitFor();
    for (const name of ['Alpha', 'Beta']) {
      await page.getByTestId('new-channel').click();
      await page.getByTestId('name').fill(name);
      await submit(page);
      await rows(page, 'channels', name).waitFor();
    }
    await rows(page, 'channels', 'Beta').getByTestId('up').click();
    const order = async (): Promise<string[]> =>
      (
        await page.getByTestId('channels').getByTestId('row').locator('td:nth-child(2)').allTextContents()
      ).slice(0, 2);
    await expect.poll(order).toEqual(['beta', 'alpha']);
    await rows(page, 'channels', 'Beta').getByTestId('change').click();
    await page.getByTestId('name').fill('Gamma');
    await page.getByTestId('archived').check();
    await page.getByTestId('retention-days').fill('30');
    await page.getByTestId('retention-messages').fill('many');
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('dialog-problem').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('retention-messages').fill('0');
    await submit(page);
    await rows(page, 'channels', 'Gamma').filter({ hasText: 'archived' }).waitFor();
    await rows(page, 'channels', 'Gamma').getByTestId('change').click();
    expect(await page.getByTestId('retention-days').inputValue()).toBe('30');
    expect(await page.getByTestId('retention-messages').inputValue()).toBe('0');
    await page.keyboard.press('Escape');
    await rows(page, 'channels', 'Gamma').getByTestId('delete').click();
    await page.getByTestId('purge').check();
    expect(await page.getByTestId('dialog-submit').isDisabled()).toBe(true);
    await page.getByTestId('confirm').fill('beta');
    await submit(page);
    await rows(page, 'channels', 'Gamma').waitFor({ state: 'detached' });
    await rows(page, 'channels', 'Alpha').getByTestId('delete').click();
    await submit(page);
    await rows(page, 'channels', 'Alpha').waitFor({ state: 'detached' });
    await rows(page, 'channels', 'general').getByTestId('members-of').click();
    await page.getByTestId('new-member').click();
    await page.getByTestId('member-id').fill('nobody');
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('dialog-problem').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('member-id').fill(adaId);
    await page.getByTestId('member-role').selectOption('moderator');
    await submit(page);
    await rows(page, 'members', 'ada').filter({ hasText: 'moderator' }).getByTestId('remove-member').click();
    await submit(page);
    await rows(page, 'members', 'ada').waitFor({ state: 'detached' });
    await page.getByTestId('all-channels').click();
    await page.getByTestId('restore-channel').click();
    await page.getByTestId('id').fill('beta');
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('dialog-problem').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('id').fill('alpha');
    await submit(page);
    await rows(page, 'channels', 'Alpha').waitFor();

    await go(page, 'limits', 'Rate limits');
    await rows(page, 'limits', 'Everybody').getByTestId('change').click();
    await page.getByTestId('limit-seconds').fill('2');
    await submit(page);
    await rows(page, 'limits', 'Everybody').filter({ hasText: '1000002' }).waitFor();
    await page.getByTestId('new-limit').click();
    await page.getByTestId('limit-kind').selectOption('guest');
    await page.getByTestId('limit-messages').fill('7');
    await page.getByTestId('limit-seconds').fill('0');
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('dialog-problem').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('limit-seconds').fill('1');
    await submit(page);
    await rows(page, 'limits', 'Guests').getByTestId('remove').click();
    await submit(page);
    await rows(page, 'limits', 'Guests').waitFor({ state: 'detached' });

    await go(page, 'server', 'Server');
    for (const [given, shown] of [
      ['The <b>house</b>', 'The <b>house</b>'],
      ['', 'Hubbub'],
    ] as const) {
      await page.getByTestId('change').click();
      await page.getByTestId('server-name').fill(given);
      await submit(page);
      await rows(page, 'server', shown).waitFor();
      await expect.poll(() => page.title()).toBe(`Server · Dashboard of ${shown}`);
    }
  });

  it('[DASH-16] [DASH-4] [DASH-7] [DASH-8] the overview, reports, users, bans and mutes', async () => {
    const page = await open('#/overview');
    await logIn(page, 'admin');
    await page.getByTestId('live').filter({ hasText: 'Live' }).waitFor();
    await page.getByTestId('tile-connections').filter({ hasText: /[1-9]/u }).waitFor();
    await expect.poll(() => page.getByTestId('shards').getByTestId('row').count()).toBe(3);
    expect(await page.locator('.chart canvas').count()).toBe(3);
    await eve.send('general', 'and more');
    await page.getByTestId('tile-messages').filter({ hasText: /[1-9]/u }).waitFor();
    await rows(page, 'talkers', 'eve').waitFor();
    await page.getByTestId('open-reports').click();
    await page.getByTestId('report').filter({ hasText: 'an advertisement' }).waitFor();
    await page.getByTestId('claim').click();
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('report-state').selectOption('claimed');
    await page.getByTestId('claimed').filter({ hasText: 'admin' }).waitFor();
    await page.getByTestId('resolve').click();
    await submit(page);
    await page.getByTestId('report-state').selectOption('resolved');
    await page.getByTestId('report').getByRole('link', { name: 'eve' }).first().click();

    await page.getByTestId('user').filter({ hasText: 'eve' }).waitFor();
    await page.getByTestId('all-users').click();
    await page.getByTestId('user-search').fill('EV');
    await page.getByTestId('find-user').click();
    await rows(page, 'users', 'ada').waitFor({ state: 'detached' });
    await rows(page, 'users', 'eve').getByRole('link', { name: 'eve' }).click();
    await page.getByTestId('user').filter({ hasText: 'eve' }).waitFor();
    await page.getByTestId('sessions').getByTestId('row').getByTestId('end').click();
    await submit(page);
    await rows(page, 'messages', 'and more').getByTestId('delete-message').click();
    await submit(page);
    await rows(page, 'messages', 'and more').waitFor({ state: 'detached' });
    await page.getByTestId('mute').click();
    await page.getByTestId('sanction-reason').fill('cool down');
    await submit(page);
    await rows(page, 'mutes', 'cool down').getByTestId('pardon').click();
    await submit(page);
    await rows(page, 'mutes', 'pardoned').waitFor();

    await go(page, 'bans', 'Bans');
    await page.getByTestId('new-sanction').click();
    await page.getByTestId('sanction-user').fill('nobody at all');
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('dialog-problem').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('sanction-user').fill(eveId);
    await submit(page);
    await rows(page, 'bans', 'eve').getByTestId('pardon').click();
    await submit(page);
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('shown').selectOption('false');
    await rows(page, 'bans', 'eve').waitFor();

    // The server is away for a moment.
    await page.route('**/users/mutes*', (route) => route.abort());
    await go(page, 'mutes', 'Mutes');
    await page.getByTestId('problem').waitFor();
    await page.unroute('**/users/mutes*');
    await page.getByTestId('retry').click();
    await page.getByTestId('empty').waitFor();
  });

  it('[DASH-9] [DASH-10] automod, which is tried before it is live, and the audit log', async () => {
    const page = await open('#/automod');
    await logIn(page, 'admin');
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('new-rule').click();
    await page.getByTestId('rule-name').fill('Advertisements');
    await page.getByTestId('rule-words').fill('cheap');
    expect(await page.getByTestId('rule-enabled').count()).toBe(0);
    await page.getByTestId('try-rule').click();
    await page.getByTestId('samples').filter({ hasText: 'buy cheap pills' }).waitFor();
    await page.getByTestId('rule-enabled').check();
    // Another condition has to be tried anew.
    await page.getByTestId('rule-words').fill('cheap pills');
    await page.getByTestId('rule-enabled').waitFor({ state: 'detached' });
    await page.getByTestId('try-rule').click();
    await page.getByTestId('trial-result').filter({ hasText: 'finds 1' }).waitFor();
    await submit(page);
    await rows(page, 'rules', 'Advertisements').filter({ hasText: 'live' }).waitFor();
    await rows(page, 'rules', 'Advertisements').getByTestId('turn-off').click();
    await rows(page, 'rules', 'Advertisements').filter({ hasText: 'off' }).waitFor();
    await rows(page, 'rules', 'Advertisements').getByTestId('remove').click();
    await submit(page);
    await page.getByTestId('empty').waitFor();

    await go(page, 'audit', 'Audit');
    await page.getByTestId('acts').getByTestId('row').first().waitFor();
    await page.getByTestId('filter-action').fill('no:such');
    await page.getByTestId('filter').click();
    await page.getByTestId('empty').waitFor();
  });

  it('[DASH-17] [DASH-18] activity, keys of other programs, webhooks and exports', async () => {
    const page = await open('#/activity');
    await logIn(page, 'admin');
    await page.getByTestId('activity-messages').waitFor();
    await page.getByTestId('span').selectOption('hours');
    await rows(page, 'busy-users', 'eve').waitFor();
    await rows(page, 'busy-channels', 'general').waitFor();
    await expect.poll(() => page.locator('.chart canvas').count()).toBe(3);

    await go(page, 'keys', 'API keys');
    await page.getByTestId('new-key').click();
    await page.getByTestId('key-name').fill('The shop');
    await page.getByTestId('scope-publish').check();
    await page.getByTestId('dialog-submit').click();
    await page
      .getByTestId('secret')
      .filter({ hasText: /\w{16,}/u })
      .waitFor();
    await page.getByTestId('secret-copied').click();
    await rows(page, 'keys', 'The shop').getByTestId('change-key').click();
    await page.getByTestId('key-rate').fill('7');
    await page.getByTestId('scope-read').check();
    await submit(page);
    await rows(page, 'keys', 'publish, read').filter({ hasText: '7' }).getByTestId('revoke').click();
    await submit(page);
    await page.getByTestId('empty').waitFor();

    await go(page, 'webhooks', 'Webhooks');
    await page.getByTestId('new-hook').click();
    await page.getByTestId('hook-url').fill('ftp://192.0.2.1/');
    await page.getByTestId('hook-enabled').uncheck();
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('dialog-problem').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('hook-url').fill('https://hooks.example.org/chat');
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('secret-copied').click();
    await rows(page, 'hooks', 'hooks.example.org')
      .filter({ hasText: 'off' })
      .getByTestId('deliveries')
      .click();
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('all-hooks').click();
    await rows(page, 'hooks', 'hooks.example.org').getByTestId('remove').click();
    await submit(page);
    await page.getByTestId('empty').waitFor();

    await go(page, 'exports', 'Exports');
    await page.getByTestId('new-export').click();
    await page.getByTestId('export-channels').fill('general');
    await page.getByTestId('export-from').fill('2020-02-03');
    await submit(page);
    await rows(page, 'exports', 'messages of general, from Feb 3, 2020').waitFor();
    const download = page.waitForEvent('download');
    await rows(page, 'exports', 'messages of general').getByTestId('download').click();
    const file = await (await download).path();
    expect(await readFile(file, 'utf8')).toContain('buy cheap pills');
    await rows(page, 'exports', 'general').getByTestId('remove').click();
    await page.getByTestId('empty').waitFor();
  });

  it('[DASH-31] [DASH-32] erasures with their proof, and the program that decides', async () => {
    const account = { username: 'leaver', password: ADMIN_PASSWORD };
    const made = await fetch(`${url}/register`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(account),
    });
    const { user } = (await made.json()) as { user: { id: string } };
    const page = await open('#/erasures');
    await logIn(page, 'admin');
    await page.getByTestId('empty').filter({ hasText: 'Nobody was erased' }).waitFor();
    await page.getByTestId('new-erasure').click();
    await page.getByTestId('erase-user').fill('nobody');
    await page.getByTestId('erase-confirm').fill('nobody');
    await page.getByTestId('dialog-submit').click();
    await page.getByTestId('dialog-problem').filter({ hasText: /\w/u }).waitFor();
    await page.goto(`${url}/dashboard#/users/${user.id}`);
    await page.getByTestId('erase').click();
    await page.getByTestId('erase-confirm').fill('leaver');
    expect(await page.getByTestId('dialog-submit').isDisabled()).toBe(true);
    await page.getByTestId('erase-confirm').fill(user.id);
    await submit(page);
    const row = rows(page, 'erasures', user.id);
    await row.filter({ hasText: '1 of 4' }).waitFor();

    await go(page, 'decisions', 'Decisions');
    await page.getByTestId('decision-hook').filter({ hasText: '127.0.0.1:9/decide' }).waitFor();
    await page.getByTestId('try-decision').click();
    await page.getByTestId('decision').filter({ hasText: 'No answer' }).waitFor();

    await go(page, 'erasures', 'Erasures');
    await row.getByTestId('download-proof').waitFor({ timeout: 30_000 });
    await row.getByTestId('proof').click();
    await page.getByTestId('proof-dialog').filter({ hasText: 'accounts: 1' }).waitFor();
    await page.keyboard.press('Escape');
    const download = page.waitForEvent('download');
    await row.getByTestId('download-proof').click();
    const proof = JSON.parse(await readFile(await (await download).path(), 'utf8')) as object;
    expect(proof).toMatchObject({ user_id: user.id, done: true, step: 'done', counts: { accounts: 1 } });
  });

  it('[DASH-5] on a phone, by the keyboard, and for everyone', async () => {
    const page = await open('', PHONE);
    await logIn(page, 'admin');
    await page.getByTestId('show-pages').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('to-channels').focus();
    await page.keyboard.press('Escape');
    await page.getByTestId('to-channels').waitFor({ state: 'hidden' });
    const focused = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.textContent ?? null);
    const fits = async (what: string): Promise<void> => {
      const { wide, shown } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        shown: document.documentElement.clientWidth,
      }));
      expect(wide, what).toBeLessThanOrEqual(shown);
    };
    for (const [id, title] of await pages(page)) {
      await page.getByTestId('show-pages').focus();
      await page.keyboard.press('Enter');
      await page.getByTestId(`to-${id}`).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
      await expect.poll(() => page.getByTestId('loading').count(), { timeout: 15_000 }).toBe(0);
      if (id !== 'overview') expect(await focused()).toBe(title);
      await fits(title);
      // Between them these have everything that is coloured.
      const dark = ['overview', 'activity', 'reports', 'automod', 'webhooks'].includes(id);
      for (const colorScheme of dark ? (['dark', 'light'] as const) : (['light'] as const)) {
        await page.emulateMedia({ colorScheme });
        expect(await findings(page), `${title}, ${colorScheme}`).toEqual([]);
      }
    }
    for (const place of [`users/${eveId}`, 'channels/general']) {
      await page.goto(`${url}/dashboard#/${place}`);
      await page.locator('main table, main [data-testid=empty]').first().waitFor();
      await expect.poll(() => page.getByTestId('loading').count(), { timeout: 15_000 }).toBe(0);
      await fits(place);
      expect(await findings(page), place).toEqual([]);
    }
  });

  it('[DASH-30] the overview is live again when the server is', async () => {
    const page = await open('#/overview');
    await logIn(page, 'admin');
    const live = page.getByTestId('live');
    await live.filter({ hasText: 'Live' }).waitFor();
    await server.stop();
    await live.filter({ hasText: 'Connecting' }).waitFor();
    await page.getByTestId('tile-connections').waitFor();
    server = await server.again();
    await live.filter({ hasText: 'Live' }).waitFor({ timeout: 30_000 });
    await page.getByTestId('tile-connections').filter({ hasText: /[1-9]/u }).waitFor();
  });
});

/** Ids and titles of all pages. */
async function pages(page: Page): Promise<(readonly [string, string])[]> {
  await page.getByTestId('show-pages').waitFor();
  return page
    .locator('#pages a')
    .evaluateAll((links) =>
      links.map((link) => [link.dataset['testid']!.slice('to-'.length), link.textContent] as const),
    );
}
