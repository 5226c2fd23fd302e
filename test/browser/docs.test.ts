/** The description of the API in a browser, from a real server. */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { operationsOf } from '../support/described-operations.ts';
import type { Description } from '../support/described-operations.ts';
import { launchChromium } from '../support/chromium.ts';
import { serverToken } from '../support/server-tokens.ts';
import { startWireServer } from '../support/wire-server.ts';
import type { WireServer } from '../support/wire-server.ts';

let browser: Browser;
let server: WireServer;
let context: BrowserContext;
let page: Page;
let asked: string[];
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
  server = await startWireServer();
}, 300_000);

afterAll(async () => {
  await browser.close();
  await server.end();
});

beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  asked = [];
  complaints = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  onTestFailed(() => {
    console.error(server.output(), complaints);
  });
});

afterEach(async () => {
  await context.close();
});

/** The block of an operation, opened. */
async function opened(method: string, path: string): Promise<Locator> {
  const block = page
    .locator('.opblock', { has: page.locator(`.opblock-summary-method:text-is("${method}")`) })
    .filter({ has: page.locator(`[data-path="${path}"]`) });
  await block.locator('.opblock-summary-control').click();
  return block;
}

describe('/docs', () => {
  it('[HTTP-33] lists every operation, asks no other origin, and has nothing that its policy forbids', async () => {
    await page.goto(`${server.url}/docs`);
    const description = (await (await fetch(`${server.url}/openapi.json`)).json()) as Description;
    const described = operationsOf(description).map(({ method, path }) => `${method} ${path}`);
    await expect.poll(() => page.locator('.opblock').count()).toBe(described.length);
    const listed = await page.locator('.opblock').evaluateAll((blocks) =>
      blocks.map((block) => {
        const path = block.querySelector('[data-path]')?.getAttribute('data-path') ?? '';
        return `${block.querySelector('.opblock-summary-method')?.textContent ?? ''} ${path}`;
      }),
    );
    expect(listed.sort()).toEqual(described.sort());
    expect(asked.length).toBeGreaterThan(3);
    for (const url of asked) expect(url.startsWith('data:') || new URL(url).origin === server.url).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('[HTTP-33] tries operations out, with a token where one is needed', async () => {
    const token = await serverToken(server.database.connectionString, { name: 'ada' });
    await page.goto(`${server.url}/docs/`);
    expect(page.url()).toBe(`${server.url}/docs`);
    await page.locator('.btn.authorize').click();
    // Programs have keys beside it.
    const form = page.locator('.modal-ux form').filter({ hasText: 'An access token' });
    await form.locator('input').fill(token);
    await form.locator('.btn.authorize').click();
    await page.locator('.modal-ux .btn-done').first().click();
    const operation = await opened('GET', '/channels');
    await operation.locator('.btn.execute').click();
    const answer = operation.locator('.live-responses-table .response-col_status');
    await expect.poll(() => answer.last().innerText()).toMatch(/^200/);
    const command = await operation.locator('.curl-command').innerText();
    expect(command).toContain(`${server.url}/channels`);
    for (const url of asked) expect(url.startsWith('data:') || new URL(url).origin === server.url).toBe(true);
    expect(complaints).toEqual([]);
  });
});
