/** The client in browsers, as pages without a build of their own use it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';
import { documentedExample, ensureClient } from '../support/built-client.ts';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const DOCUMENTED_URL = 'http://127.0.0.1:8080';

let browser: Browser;
let server: WireServer;
/** Serves `html` to the allowed origin and, by its other name, to one that isn't allowed. */
let shop: Server;
let html = '';
let allowed: string;
let foreign: string;

beforeAll(async () => {
  await ensureClient();
  await ensurePage();
  shop = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/favicon.ico' ? '' : html);
  });
  shop.listen(0);
  await once(shop, 'listening');
  const { port } = shop.address() as AddressInfo;
  allowed = `http://127.0.0.1:${port}`;
  foreign = `http://localhost:${port}`;
  server = await startWireServer({ ALLOWED_ORIGINS: allowed });
  browser = await launchChromium();
}, 300_000);

afterAll(async () => {
  await browser.close();
  await server.end();
  shop.closeAllConnections();
  shop.close();
});

/** A page of a browser of its own; `seen` has its console errors and whom it asked. */
async function newPage() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const seen = { problems: [] as string[], origins: new Set<string>() };
  page.on('console', (message) => message.type() === 'error' && seen.problems.push(message.text()));
  page.on('pageerror', (error) => seen.problems.push(error.message));
  page.on('request', (request) => seen.origins.add(new URL(request.url()).origin));
  return { page, seen, close: () => context.close() };
}

const line = (page: Page, text: string | RegExp) => page.locator('li').filter({ hasText: text });

describe('/client.js in Chromium', () => {
  it('[SDK-30] the page at the head of docs/client.md has at most thirty lines, and chats', async () => {
    const example = await documentedExample('html');
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(30);
    expect(example.split(DOCUMENTED_URL)).toHaveLength(3);
    html = example.replaceAll(DOCUMENTED_URL, server.url);
    const bob = new ChatClient({ url: server.url, name: 'bob' });
    await bob.connect();
    await bob.join('general');
    const heard = new Promise<string>((resolve) => {
      bob.on('message', ({ data }) => resolve(data.content));
    });

    const { page, seen, close } = await newPage();
    await page.goto(allowed);
    await page.getByRole('status').filter({ hasText: 'online' }).waitFor();
    await page.getByLabel('Message').fill('hello from the page');
    await page.getByRole('button', { name: 'Send' }).click();
    expect(await heard).toBe('hello from the page');
    await line(page, 'hello from the page').waitFor();
    await bob.send('general', '<b>hello</b> page');
    await line(page, 'bob: <b>hello</b> page').waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await line(page, /^\(not sent: .+\)$/).waitFor();

    expect(seen).toEqual({ problems: [], origins: new Set([allowed, server.url]) });
    // The guest is kept: who reloads is the same one.
    const guests = await page.evaluate('JSON.stringify(Object.keys(localStorage))');
    expect(guests).toContain('hubbub:guest-token:');
    bob.close();
    await close();
  });

  it('[SDK-28] runs in a page of the server itself, under its policy', async () => {
    const { page, seen, close } = await newPage();
    await page.goto(server.url);
    // As text: Vitest would change the import.
    const said = await page.evaluate(`(async () => {
      const { ChatClient } = await import('/client.js');
      const chat = new ChatClient({ url: location.origin, name: 'eve' });
      await chat.connect();
      await chat.join('own-origin');
      const { seq } = await chat.send('own-origin', 'hi');
      chat.close();
      return seq;
    })()`);
    expect(said).toBe(1);
    expect(seen).toEqual({ problems: [], origins: new Set([server.url]) });
    await close();
  });

  it('[SDK-28] is refused to pages of origins that the settings leave out', async () => {
    html = `<!doctype html><script type="module">
      import('${server.url}/client.js').then(() => (document.title = 'in'), () => (document.title = 'out'));
    </script>`;
    for (const [origin, title] of [
      [allowed, 'in'],
      [foreign, 'out'],
    ] as const) {
      const { page, close } = await newPage();
      await page.goto(origin);
      await page.waitForFunction('document.title !== ""');
      expect(await page.title()).toBe(title);
      await close();
    }
  });

  it('[SDK-34] comes back at once when the browser is online again', async () => {
    html = `<!doctype html><script type="module">
      import { ChatClient } from '${server.url}/client.js';
      let network = false;
      // Without a network its sockets lead nowhere.
      class Flaky extends WebSocket {
        constructor(url) {
          super(network ? url : 'ws://127.0.0.1:1');
        }
      }
      globalThis.comeOnline = () => {
        network = true;
        dispatchEvent(new Event('online'));
      };
      globalThis.delays = [];
      // No jitter: every delay is the longest.
      globalThis.chat = new ChatClient({ url: '${server.url}', random: () => 0.999, webSocket: Flaky });
      chat.on('closed', ({ retryInMs }) => delays.push(retryInMs));
      chat.connect();
    </script>`;
    const { page, close } = await newPage();
    await page.goto(allowed);
    await page.waitForFunction('globalThis.delays?.at(-1) > 3_000 && chat.state === "waiting"');
    const tries = await page.evaluate('delays.length');
    await page.evaluate('comeOnline()');
    expect(await page.evaluate('chat.state')).toBe('connecting');
    await page.waitForFunction('chat.state === "online"');
    expect(await page.evaluate('delays.length')).toBe(tries);
    await close();
  });
});
