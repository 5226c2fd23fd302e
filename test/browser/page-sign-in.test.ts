/** Ways into the chat: with an issuer, and what the page makes of accounts; a real server and a real provider. */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import {
  AUDIENCE,
  CLIENT_ID,
  IdentityProvider,
  type IdentityProviderOptions,
} from '../support/identity-provider.ts';
import { freePort } from '../support/server-process.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

/** A server and a provider that know each other. */
interface Place {
  readonly url: string;
  readonly server: WireServer;
  readonly provider: IdentityProvider;
}

/** Long enough to come back from the provider's page with, on a machine that has other work. */
const TOKEN_SECONDS = 8;

let browser: Browser;
/** Lets everyone in, as is the default. Its tests are other people each, in browsers of their own. */
let open: Place;
/** Takes no registrations, lets only users make channels, and its provider's tokens end soon and are not renewed. */
let strict: Place;
let contexts: BrowserContext[] = [];

beforeAll(async () => {
  await ensurePage();
  [browser, open, strict] = await Promise.all([
    launchChromium(),
    startPlace({}),
    startPlace(
      { REGISTRATION: 'off', CHANNEL_CREATION: 'users' },
      { refreshTokens: false, tokenSeconds: TOKEN_SECONDS },
    ),
  ]);
}, 300_000);

afterAll(async () => {
  await browser.close();
  await Promise.all([open, strict].flatMap(({ server, provider }) => [server.end(), provider.goDown()]));
});

beforeEach(() => {
  onTestFailed(() => {
    console.error(open.server.output(), strict.server.output());
  });
});

afterEach(async () => {
  for (const context of contexts) await context.close();
  contexts = [];
});

async function startPlace(
  env: Readonly<Record<string, string>>,
  options: Partial<IdentityProviderOptions> = {},
): Promise<Place> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const provider = await IdentityProvider.start({ redirectUri: `${url}/`, ...options });
  const issuer = { OIDC_ISSUERS: provider.issuer, OIDC_CLIENT_ID: CLIENT_ID, OIDC_AUDIENCE: AUDIENCE };
  return { url, provider, server: await startWireServer({ ...issuer, ...env }, port) };
}

/** A page of a browser of its own. */
async function newPage(url: string): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  return pageOf(context, url);
}

async function pageOf(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  return page;
}

async function online(page: Page): Promise<void> {
  await page
    .getByTestId('connection')
    .filter({ hasText: /^Online$/u })
    .waitFor();
  await page.getByTestId('channel-title').filter({ hasText: '#' }).waitFor();
}

/** Signs in with the provider as `name`. */
async function signIn(page: Page, name: string): Promise<void> {
  await page.getByTestId('issuer').click();
  await page.locator('input[name=name]').fill(name);
  await page.getByRole('button', { name: 'Go on' }).click();
  await online(page);
}

async function register(page: Page, name: string): Promise<void> {
  await page.getByTestId('way-register').click();
  await page.getByTestId('register-name').fill(name);
  await page.getByTestId('register-password').fill('correct horse battery');
  await page.getByTestId('register').click();
  await online(page);
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
/** Keys of what the page keeps whose names have `part` in them. */
const keptKeys = (page: Page, part: string) => () =>
  page.evaluate((text) => Object.keys(localStorage).filter((key) => key.includes(text)), part);

describe('an issuer', () => {
  it('[PAGE-40] signs in by its page and comes back with the name it knows, the channel wanted, and no code in the address', async () => {
    const { url } = open;
    const page = await newPage(`${url}/?channel=games`);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await signIn(page, 'grace');
    await named(page, 'grace');
    await page.getByTestId('channel-title').getByText('#games', { exact: true }).waitFor();
    await page.waitForURL(`${url}/?channel=games`);
    const asking = new URL(asked.find((one) => one.includes('code_challenge=')) ?? '');
    expect(asking.searchParams.get('code_challenge_method')).toBe('S256');
    expect(asking.searchParams.get('redirect_uri')).toBe(`${url}/`);
    expect(asking.searchParams.get('nonce')).toHaveLength(43);

    await write(page, 'hello from elsewhere');
    await message(page, 'hello from elsewhere').waitFor();
    await page.reload();
    await online(page);
    await named(page, 'grace');
    await page.getByTestId('account').click();
    await page.getByTestId('account-dialog').getByText('You signed in with').waitFor();
    await page.getByTestId('sign-out').click();
    await page.getByTestId('issuer').waitFor();
    await expect.poll(keptKeys(page, 'identity')).toEqual([]);
    await page.reload();
    await page.getByTestId('issuer').waitFor();
  });

  it('[PAGE-41] an answer that this tab has not asked for, one of another issuer, and a refusal sign nobody in and are said', async () => {
    const { url, provider: issuer } = open;
    const { exchanges } = issuer;
    const page = await newPage(`${url}/?code=stolen&state=made-up&iss=https%3A%2F%2Fevil.example`);
    await page.getByTestId('notice').filter({ hasText: 'not begun in this tab' }).waitFor();
    await page.waitForURL(`${url}/`);

    issuer.claimedIssuer = 'https://evil.example';
    await page.getByTestId('issuer').click();
    await page.locator('input[name=name]').fill('grace');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByTestId('notice').filter({ hasText: 'did not come from' }).waitFor();
    await page.waitForURL(`${url}/`);
    issuer.claimedIssuer = null;

    await page.context().clearCookies();
    await page.getByTestId('issuer').click();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await page.getByTestId('notice').filter({ hasText: 'You did not sign in' }).waitFor();
    await page.waitForURL(`${url}/`);
    expect(issuer.exchanges).toBe(exchanges);

    // Signed in already, such an answer changes nothing.
    await page.getByTestId('guest-name').fill('ada');
    await page.getByTestId('enter').click();
    await online(page);
    await page.goto(`${url}/?error=access_denied&state=made-up`);
    await page.getByTestId('problem').filter({ hasText: 'not begun in this tab' }).waitFor();
    await online(page);
    await named(page, 'ada');
  });

  it('[PAGE-42] renews its tokens, one tab for all', async () => {
    const { url, provider: issuer } = open;
    const { exchanges } = issuer;
    const page = await newPage(url);
    await signIn(page, 'edith');
    expect(issuer.exchanges).toBe(exchanges + 1);
    await endToken(page);
    // Of two tabs that come back at once one renews, and the other takes what came of it.
    const other = await pageOf(contexts[0]!, url);
    await Promise.all([page.reload(), online(other)]);
    await online(page);
    for (const tab of [page, other]) await named(tab, 'edith');
    expect(issuer.exchanges).toBe(exchanges + 2);
  });

  it('[PAGE-42] that gives no refresh token asks to sign in again when the token has ended', async () => {
    const page = await newPage(strict.url);
    await signIn(page, 'grace');
    await page.getByTestId('composer').fill('not finished');
    await page.getByTestId('notice').filter({ hasText: 'sign in again' }).waitFor({ timeout: 25_000 });
    // What was being written is there after the next sign-in.
    await page.getByTestId('issuer').click();
    await online(page);
    await expect.poll(() => page.getByTestId('composer').inputValue()).toBe('not finished');
  });

  it('[PAGE-43] over plain http says that it needs https', async () => {
    const { url } = open;
    const page = await newPage('about:blank');
    // As on a page that came over plain http from another machine.
    await page.addInitScript(() => {
      Object.defineProperty(crypto, 'subtle', { value: undefined });
    });
    await page.goto(url);
    await page.getByTestId('issuer').click();
    await page.getByTestId('notice').filter({ hasText: 'needs https' }).waitFor();
    await page.waitForURL(`${url}/`);
  });
});

describe('an account', () => {
  it('[PAGE-44] is not offered where the server takes no registrations', async () => {
    const { url } = strict;
    const page = await newPage(url);
    const offered = page.getByTestId('way-register');
    // A server that says so beforehand doesn't get as far as a try.
    const { registration } = (await (await fetch(`${url}/discovery`)).json()) as { registration?: string };
    if (registration !== 'off') {
      await offered.click();
      await page.getByTestId('register-name').fill('grace');
      await page.getByTestId('register-password').fill('correct horse battery');
      await page.getByTestId('register').click();
      await page.getByTestId('notice').filter({ hasText: 'no registrations' }).waitFor();
    }
    await offered.waitFor({ state: 'detached' });
    await page.getByTestId('way-log-in').waitFor();
  });

  it('[PAGE-47] [PAGE-90] changes its name and picture, has a copy of its data, which hold at once here and in other tabs', async () => {
    const { url } = open;
    const page = await newPage(url);
    await register(page, 'hedy');
    const other = await pageOf(contexts[0]!, url);
    await online(other);
    await page.bringToFront();
    await page.getByTestId('account').click();
    await page.getByTestId('profile-name').fill('hedy lamarr');
    await page.getByTestId('save-profile').click();
    await page.getByTestId('profile-outcome').filter({ hasText: 'Saved' }).waitFor();
    await page.getByTestId('own-name').filter({ hasText: 'hedy lamarr' }).waitFor();
    await other.getByTestId('own-name').filter({ hasText: 'hedy lamarr' }).waitFor();

    await page.getByTestId('profile-avatar').fill('javascript:alert(1)');
    await page.getByTestId('save-profile').click();
    await page
      .getByTestId('profile-outcome')
      .filter({ hasText: /address|http/iu })
      .waitFor();
    const download = page.waitForEvent('download');
    await page.getByTestId('download-data').click();
    const lines = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\n');
    const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds.slice(0, 2)).toEqual(['export', 'account']);
    expect(lines.join()).toContain('hedy lamarr');
    await page.getByTestId('data-outcome').filter({ hasText: 'downloads' }).waitFor();
  });

  it('[PAGE-47] changes its password: this browser stays signed in, another one is out', async () => {
    const { url } = open;
    const page = await newPage(url);
    await register(page, 'joan');
    const tab = await pageOf(contexts[0]!, url);
    await online(tab);
    const elsewhere = await newPage(url);
    await elsewhere.getByTestId('way-log-in').click();
    await elsewhere.getByTestId('log-in-name').fill('joan');
    await elsewhere.getByTestId('log-in-password').fill('correct horse battery');
    await elsewhere.getByTestId('log-in').click();
    await online(elsewhere);
    await page.bringToFront();
    await page.getByTestId('account').click();
    await page.getByTestId('password').click();
    await page.getByTestId('current-password').fill('wrong wrong wrong');
    await page.getByTestId('new-password').fill('another horse battery');
    await page.getByTestId('change-password').click();
    await page.getByTestId('password-outcome').filter({ hasText: /\w/u }).waitFor();
    await page.getByTestId('current-password').fill('correct horse battery');
    await page.getByTestId('change-password').click();
    await page.getByTestId('password-outcome').filter({ hasText: 'is changed' }).waitFor();
    await elsewhere.getByTestId('notice').filter({ hasText: /\w/u }).waitFor();
    await page.keyboard.press('Escape');
    for (const one of [page, tab]) {
      await online(one);
      await write(one, 'still here');
      await message(one, 'still here').first().waitFor();
    }
  });

  it('[PAGE-48] that signs out in one tab is signed out in the others', async () => {
    const { url } = open;
    const page = await newPage(url);
    await register(page, 'mary');
    const other = await pageOf(contexts[0]!, url);
    await online(other);
    await page.bringToFront();
    await page.getByTestId('composer').fill('half a thought');
    await page.getByTestId('account').click();
    await page.getByTestId('sign-out').click();
    await page.getByTestId('enter').waitFor();
    await other
      .getByTestId('notice')
      .filter({ hasText: /signed out|ended/iu })
      .waitFor();
    // Nothing of what was written waits for the next person.
    await expect.poll(keptKeys(page, 'draft')).toEqual([]);
  });
});

describe('channels', () => {
  it('[PAGE-50] are made with a name and a topic, and found by everyone', async () => {
    const { url } = open;
    const page = await newPage(url);
    await register(page, 'frances');
    await page.getByTestId('new-channel').click();
    await page.getByTestId('channel-name').fill('Film Club');
    await page.getByTestId('channel-topic').fill('Thursdays at eight');
    await page.getByTestId('make-channel').click();
    await page.getByTestId('channel-title').filter({ hasText: '#Film Club' }).waitFor();
    await page.getByText('Thursdays at eight').waitFor();
    await page.waitForURL((address) => address.searchParams.get('channel') === 'film-club');
    const other = await newPage(`${url}/?channel=general`);
    await other.getByTestId('enter').click();
    await online(other);
    await other.getByTestId('other-channels').getByRole('link', { name: '#Film Club' }).click();
    await write(page, 'welcome');
    await message(other, 'welcome').waitFor();

    // A name that is taken is told where it was written.
    await page.getByTestId('new-channel').click();
    await page.getByTestId('channel-name').fill('film club');
    await page.getByTestId('make-channel').click();
    await page.getByTestId('channel-problem').filter({ hasText: 'taken' }).waitFor();
    await expect.poll(() => page.getByTestId('channel-name').inputValue()).toBe('film club');
  });

  it('[PAGE-50] are refused, in words, to who may not make them', async () => {
    const { url } = strict;
    const page = await newPage(`${url}/?channel=general`);
    await page.getByTestId('guest-name').fill('ada');
    await page.getByTestId('enter').click();
    await page.getByTestId('new-channel').click();
    await page.getByTestId('channel-name').fill('mine');
    await page.getByTestId('make-channel').click();
    await page
      .getByTestId('channel-problem')
      .filter({ hasText: /\w{4,}/u })
      .waitFor();
    await page.getByTestId('new-channel-dialog').waitFor();
  });
});

/** As after an hour: the kept token has ended. */
async function endToken(page: Page): Promise<void> {
  await page.evaluate(() => {
    const [key, text] = Object.entries(localStorage).find(([name]) => name.startsWith('hubbub:identity'))!;
    localStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), token: 'ended', expiresAt: 0 }));
  });
}
