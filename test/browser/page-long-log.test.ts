/** A history of 6,000 messages on the real server, read from the newest to the first. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';
import { ensurePage } from '../support/built-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const MESSAGES = 6_000;
const WRITERS = 20;

let browser: Browser;
let server: WireServer;

beforeAll(async () => {
  await ensurePage();
  [browser, server] = await Promise.all([launchChromium(), startWireServer()]);
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
}, 300_000);

afterAll(async () => {
  await browser.close();
  await server.end();
});

/** One of those who write; what they say is of many heights. */
async function write(writer: number): Promise<void> {
  const chat = new ChatClient({ url: server.url, name: `writer-${writer}` });
  await chat.connect();
  await chat.join('general');
  for (let n = 0; n < MESSAGES / WRITERS; n += 1) {
    const code = n % 50 === 0 ? '\n```\nsome\ncode\n```' : '';
    await chat.send(
      'general',
      `${writer}/${n} ${'word '.repeat(n % 9 === 0 ? 40 : (n * 7 + writer) % 12)}${code}`,
    );
  }
  chat.close();
}

async function enter(): Promise<Page> {
  // A tall view: fewer steps to the first message.
  const page = await browser.newPage({ viewport: { width: 1_000, height: 1_600 } });
  page.setDefaultTimeout(20_000);
  await page.goto(server.url);
  await page.getByTestId('guest-name').fill('reader');
  await page.getByTestId('enter').click();
  await page.getByTestId('message').last().waitFor();
  return page;
}

describe('a history of 6,000 messages', () => {
  it('[PAGE-7, PAGE-21] is read to its beginning: each message once, in order, and nothing in view ever jumps', async () => {
    const page = await enter();
    const report = await page.getByTestId('log').evaluate(readToTheBeginning);

    expect(report.jumps).toEqual([]);
    expect(report.disorder).toEqual([]);
    expect(report.texts.map(([seq]) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: MESSAGES }, (_, index) => index + 1),
    );
    const said = new Set(report.texts.map(([, text]) => text.split(' ')[0]));
    expect(said.size).toBe(MESSAGES);
    // The work of a step doesn't grow with what is loaded.
    expect(report.mostRows).toBeLessThan(250);
    expect(report.mostElements).toBeLessThan(2_500);
    expect(report.mostAdded).toBeLessThan(150);
    expect(await page.getByTestId('beginning').isVisible()).toBe(true);

    // All the way back with one key.
    await page.getByTestId('log').focus();
    await page.keyboard.press('End');
    await page.locator(`[data-seq="${MESSAGES}"]`).waitFor();
    expect(await page.getByTestId('jump').count()).toBe(0);
    await page.close();
  }, 300_000);
});

/** Runs in the page: scrolls up in steps of less than a view, and tells what was seen and what happened to it. */
async function readToTheBeginning(box: HTMLElement) {
  const texts = new Map<number, string>();
  const report = {
    jumps: [] as string[],
    disorder: [] as string[],
    mostRows: 0,
    mostElements: 0,
    mostAdded: 0,
  };
  let added = 0;
  const observer = new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      added += [...addedNodes].filter((node) => node instanceof HTMLElement && 'seq' in node.dataset).length;
  });
  observer.observe(box, { childList: true, subtree: true });
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

  const look = (): Map<number, number> => {
    const edge = box.getBoundingClientRect();
    const rows = [...box.querySelectorAll<HTMLElement>('[data-seq]')];
    const seen = rows.flatMap((row): [number, number][] => {
      const text = row.querySelector('[data-anchor]');
      const place = text?.getBoundingClientRect();
      if (text === null || place === undefined || place.bottom <= edge.top || place.top >= edge.bottom)
        return [];
      texts.set(Number(row.dataset['seq']), text.textContent);
      return [[Number(row.dataset['seq']), place.top]];
    });
    for (const [index, [seq]] of seen.entries()) {
      const before = seen[index - 1];
      if (before !== undefined && seq !== before[0] + 1) report.disorder.push(`${seq} behind ${before[0]}`);
    }
    report.mostRows = Math.max(report.mostRows, rows.length);
    report.mostElements = Math.max(report.mostElements, box.querySelectorAll('*').length);
    report.mostAdded = Math.max(report.mostAdded, added);
    added = 0;
    return new Map(seen);
  };

  let steps = 0;
  let before = look();
  const deadline = performance.now() + 240_000;
  while (!texts.has(1) && performance.now() < deadline) {
    const from = box.scrollTop;
    box.scrollTop -= box.clientHeight * 0.9;
    steps += 1;
    // Several frames, in which pages come, rows are measured and the log comes to rest at times.
    for (let n = 0; n < (steps % 20 === 0 ? 14 : 2); n += 1) {
      await frame();
      const after = look();
      const scrolled = from - box.scrollTop;
      for (const [seq, y] of after) {
        const was = before.get(seq);
        if (was !== undefined && Math.abs(y - was - scrolled) > 1)
          report.jumps.push(`${seq} by ${y - was - scrolled} px`);
      }
    }
    before = look();
  }
  observer.disconnect();
  return { ...report, texts: [...texts] };
}
