/** The message log in Chromium: what is in view, what is in the document, and what people write in it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

async function enter(name = 'ada'): Promise<void> {
  await page.goto(server.url);
  await page.getByTestId('guest-name').fill(name);
  await page.getByTestId('enter').click();
  await page.getByTestId('composer').waitFor();
}

const log = () => page.getByTestId('log');
const message = (text: string) => page.getByTestId('message').filter({ hasText: text });
const sayLines = (from: number, to: number, author = 'bob'): void => {
  for (let n = from; n <= to; n += 1) server.say('general', author, `line ${n}`);
};

/** How far the view's end is above the log's end, px. */
const distance = () => log().evaluate((box) => Math.abs(box.scrollTop));

/** Two frames: whatever was to happen because of what was done has happened and is shown. */
const settled = () =>
  page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );

/** Texts of the messages in view, and where each stands on the page, px. */
const inView = () =>
  log().evaluate((box) => {
    const { top, bottom } = box.getBoundingClientRect();
    return [...box.querySelectorAll<HTMLElement>('[data-seq]')].flatMap((row) => {
      const text = row.querySelector('[data-anchor]')!;
      const place = text.getBoundingClientRect();
      return place.bottom > top && place.top < bottom
        ? [{ seq: Number(row.dataset['seq']), text: text.textContent, y: place.top }]
        : [];
    });
  });

/** The log has been where it is for a quarter of a second: it rests, and has taken in what came meanwhile. */
const rested = () =>
  log().evaluate(
    (box) =>
      new Promise<void>((resolve) => {
        let last = box.scrollTop;
        let since = performance.now();
        const look = (now: number): void => {
          if (box.scrollTop !== last) [last, since] = [box.scrollTop, now];
          if (now - since > 250) resolve();
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );

/** Scrolls like a wheel that is turned and let go. */
async function wheel(by: number): Promise<void> {
  await log().hover();
  const before = await distance();
  await page.mouse.wheel(0, by);
  await expect.poll(distance).not.toBe(before);
  await rested();
}

/** Where messages stand on the page that are in view in both, px from one to the other. */
function movements(
  before: Awaited<ReturnType<typeof inView>>,
  after: Awaited<ReturnType<typeof inView>>,
): number[] {
  const places = new Map(after.map(({ seq, y }) => [seq, y]));
  return before.flatMap(({ seq, y }) => (places.has(seq) ? [places.get(seq)! - y] : []));
}

/** What was in view is where it was, to a pixel. */
async function expectUnmoved(before: Awaited<ReturnType<typeof inView>>): Promise<void> {
  await settled();
  const moved = movements(before, await inView());
  expect(moved.length).toBeGreaterThan(0);
  for (const distanceMoved of moved) expect(Math.abs(distanceMoved)).toBeLessThan(1);
}

describe('reading back', () => {
  it('[PAGE-8, PAGE-21] new messages move nothing; a button counts them and leads to the latest', async () => {
    sayLines(1, 90);
    await enter();
    await message('line 90').waitFor();
    await wheel(-700);
    await page.getByTestId('jump').waitFor();
    const before = await inView();

    sayLines(91, 92);
    await page.getByTestId('jump').filter({ hasText: '(2 new)' }).waitFor();
    await expectUnmoved(before);
    server.say('general', 'bob', 'tall\n'.repeat(100));
    await page.getByTestId('jump').filter({ hasText: '(3 new)' }).waitFor();
    await expectUnmoved(before);

    await page.getByTestId('jump').click();
    await page.getByTestId('jump').waitFor({ state: 'detached' });
    await expect.poll(distance).toBe(0);
    server.say('general', 'bob', 'news');
    await message('news').waitFor();
    await expect.poll(distance).toBe(0);
  });

  it('[PAGE-21] older messages, another width, a higher input and taller rows move nothing that is in view', async () => {
    for (let n = 1; n <= 300; n += 1)
      server.say('general', n % 3 === 0 ? 'bob' : 'eve', `line ${n} ${'word '.repeat((n * 7) % 60)}`);
    const waiting: (() => void)[] = [];
    server.onHistory = (_frame, answer) => waiting.push(answer);
    await enter();
    await message('line 300').waitFor();
    await wheel(-2_500);
    await expect.poll(() => waiting.length).toBe(1);
    let before = await inView();
    waiting.pop()!();
    await expect.poll(() => log().locator('[data-seq]').first().getAttribute('data-seq')).not.toBe('251');
    await expectUnmoved(before);

    // The text of the first message in view stays; what is below goes down as lines break anew.
    before = await inView();
    await page.setViewportSize({ width: 700, height: 720 });
    await expectUnmoved(before.slice(0, 1));
    before = await inView();
    await page.getByTestId('composer').fill('a\nb\nc\nd\ne\nf');
    await expectUnmoved(before);
    // As when a font or a picture comes late.
    before = await inView();
    await log().evaluate((box, seq) => {
      const row = box.querySelector<HTMLElement>(`[data-seq="${seq}"]`)!;
      (row.previousElementSibling as HTMLElement).style.paddingBottom = '300px';
    }, before[0]!.seq);
    await expectUnmoved(before.slice(0, 1));
  });

  it('[PAGE-24] keys of the log go a page up and down, to the first message that is loaded, and to the latest', async () => {
    sayLines(1, 400);
    await enter();
    await message('line 400').waitFor();
    await log().focus();
    const top = async () => (await inView())[0]!.seq;
    const start = await top();
    // One press goes nearly the height of the log, though rows are drawn and messages come while it moves.
    await page.keyboard.press('PageUp');
    await expect.poll(distance).toBeGreaterThan(100);
    sayLines(401, 402);
    await rested();
    expect(await top()).toBeLessThan(start - 12);
    await page.getByTestId('jump').filter({ hasText: '(2 new)' }).waitFor();
    await page.keyboard.press('PageDown');
    await rested();
    expect(await top()).toBeGreaterThanOrEqual(start);
    // Each time what was the first becomes reachable and more is loaded, until there is no more.
    await expect
      .poll(async () => {
        await page.keyboard.press('Home');
        await settled();
        return top();
      })
      .toBe(1);
    await page.getByTestId('beginning').waitFor();
    await page.keyboard.press('End');
    await expect.poll(distance).toBe(0);
    await message('line 402').waitFor();
  });

  it('[PAGE-7] older messages that could not be loaded say so, and are tried again when one asks for it', async () => {
    sayLines(1, 120);
    server.onHistory = (_frame, answer) => answer({ code: 'unavailable', message: 'not now' });
    await enter();
    await message('line 120').waitFor();
    await log().focus();
    await page.keyboard.press('Home');
    await page.getByTestId('load-older').waitFor();
    await rested();
    const before = await inView();
    server.onHistory = (_frame, answer) => answer();
    await page.getByTestId('load-older').click();
    await page.getByTestId('beginning').waitFor({ state: 'attached' });
    await expectUnmoved(before);
    await log().focus();
    await page.keyboard.press('Home');
    await expect.poll(async () => (await inView())[0]!.seq).toBe(1);
  });

  it('[PAGE-20] who read back past what is kept comes to the latest with one click, and down again page by page', async () => {
    const total = 20_600;
    sayLines(1, total);
    await enter();
    await message(`line ${total}`).waitFor();
    await log().focus();
    await expect
      .poll(
        async () => {
          await page.keyboard.press('Home');
          await settled();
          return page.getByTestId('beginning').count();
        },
        { timeout: 60_000, interval: 1 },
      )
      .toBe(1);
    // The newest are no longer loaded: new ones are counted, and the end of what is loaded isn't the end of the log.
    server.say('general', 'bob', 'much later');
    await page.getByTestId('jump').filter({ hasText: '(1 new)' }).waitFor();
    await log().evaluate((box) => (box.scrollTop = 0));
    await settled();
    const lastSeen = async () => (await inView()).at(-1)!.seq;
    const end = await lastSeen();
    expect(end).toBeLessThan(total);
    expect(await page.getByTestId('jump').count()).toBe(1);
    // It goes on behind it without a gap.
    await rested();
    await wheel(400);
    const seqs = (await inView()).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from(seqs, (_, index) => seqs[0]! + index));
    expect(seqs.at(-1)).toBeGreaterThan(end);

    await page.keyboard.press('Home');
    await settled();
    await page.getByTestId('jump').click();
    await message('much later').waitFor();
    await page.getByTestId('jump').waitFor({ state: 'detached' });
    await expect.poll(distance).toBe(0);
    await expect.poll(() => log().locator('[data-seq]').count()).toBeLessThan(200);
  }, 120_000);

  it('[PAGE-30] a selection over several messages and the focus outlast new messages and scrolling', async () => {
    sayLines(1, 60);
    await enter();
    await message('line 60').waitFor();
    await page.evaluate(() => {
      const row = (text: string) =>
        [...document.querySelectorAll('[data-testid=message]')].find((one) => one.textContent === text)!;
      document.getSelection()!.setBaseAndExtent(row('line 58'), 0, row('line 60'), 1);
    });
    const selected = () =>
      page.evaluate(() =>
        document
          .getSelection()!
          .toString()
          .match(/line \d+/gu),
      );
    expect(await selected()).toEqual(['line 58', 'line 59', 'line 60']);
    sayLines(61, 200);
    await message('line 200').waitFor();
    await settled();
    expect(await selected()).toEqual(['line 58', 'line 59', 'line 60']);
    await wheel(-3_000);
    expect(await selected()).toEqual(['line 58', 'line 59', 'line 60']);
  });

  it('[PAGE-30] what has the focus stays, however far one scrolls', async () => {
    sayLines(1, 60);
    server.say('general', 'bob', 'see https://example.org/here');
    await enter();
    await message('https://example.org/here').waitFor();
    await log().getByRole('link').focus();
    sayLines(61, 300);
    await message('line 300').waitFor();
    await wheel(-800);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('https://example.org/here');
    // So keys still move the log.
    const before = await distance();
    await page.keyboard.press('End');
    await expect.poll(distance).toBeLessThan(before);
  });

  it('[PAGE-22] a line stands where one stopped reading, until one leaves the channel or writes', async () => {
    sayLines(1, 5);
    await enter();
    await message('line 5').waitFor();
    expect(await page.getByTestId('unread-mark').count()).toBe(0);
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    sayLines(6, 8);
    await message('line 8').waitFor();
    const marked = page.locator('[data-seq]').filter({ has: page.getByTestId('unread-mark') });
    await expect.poll(() => marked.getAttribute('data-seq')).toBe('6');
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    sayLines(9, 9);
    await message('line 9').waitFor();
    await expect.poll(() => marked.getAttribute('data-seq')).toBe('6');
    await page.getByTestId('composer').fill('I am back');
    await page.getByTestId('composer').press('Enter');
    await message('I am back').waitFor();
    await marked.waitFor({ state: 'detached' });
  });

  it('[PAGE-31] screen readers are told what others write as it comes, and nothing that is only scrolled to', async () => {
    sayLines(1, 200);
    await enter();
    await message('line 200').waitFor();
    const announcer = page.getByTestId('announcer');
    expect(await log().getAttribute('aria-live')).toBe('off');
    expect(await announcer.innerText()).toBe('');
    await wheel(-1_500);
    expect(await announcer.innerText()).toBe('');
    server.say('general', 'bob', 'good news');
    await announcer.filter({ hasText: 'bob: good news' }).waitFor();
    sayLines(201, 210);
    await announcer.filter({ hasText: /^\d+ new messages$/u }).waitFor();
    const places = await log()
      .getByRole('listitem')
      .evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-posinset'))));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

describe('what people write', () => {
  it('[PAGE-25] a block of code scrolls sideways by itself and is copied as it was written', async () => {
    const code = `const wide = '${'x'.repeat(400)}';\n\tif (a < b) {}\n`;
    server.say('general', 'bob', `look:\n\`\`\`ts\n${code}\n\`\`\`\nnice`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
    await enter();
    const block = page.locator('figure.code');
    await block.waitFor();
    expect(await block.locator('.language').innerText()).toBe('ts');
    const [wide, shown] = await block.locator('pre').evaluate((pre) => [pre.scrollWidth, pre.clientWidth]);
    expect(wide).toBeGreaterThan(shown);
    expect(await log().evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
    await block.getByTestId('copy-code').click();
    await block.getByText('Copied').first().waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
    await page.context().clearPermissions();
  });

  it('[PAGE-26, PAGE-27] emphasis and quotes are elements, a few emoji alone are large', async () => {
    server.say('general', 'bob', '**strong** *em* ~~del~~ `code`\n> quote');
    server.say('general', 'bob', ':tada: 👍🏽');
    server.say('general', 'bob', 'small 👍🏽');
    await enter();
    await message('small').waitFor();
    for (const name of ['strong', 'em', 'del', 'code'])
      expect(await log().locator(name).allInnerTexts()).toEqual([name]);
    expect(await log().locator('blockquote').innerText()).toBe('quote');
    const size = (text: string) =>
      message(text)
        .locator('.text')
        .evaluate((one) => Number.parseFloat(getComputedStyle(one).fontSize));
    expect(await size('🎉 👍🏽')).toBeGreaterThan(1.5 * (await size('small')));
  });

  it('[PAGE-4, PAGE-28, PAGE-32] hostile content stays text, in its own order, in its own row', async () => {
    const hostile = [
      '<script>globalThis.pwned = 1</script>',
      '<img src=x onerror="globalThis.pwned = 1">',
      '**<b onclick=alert(1)>**',
      '```html\n<iframe src="javascript:globalThis.pwned=1"></iframe>\n```',
      '> [x](javascript:globalThis.pwned=1)',
      '\u202eevil \u2066\u2066\u2066 \u202a\u202b',
      `a${'\u0301'.repeat(3_990)}`,
      'w'.repeat(4_000),
      '\u0e47'.repeat(3_000),
      '\n'.repeat(2_000) + 'end',
    ];
    server.say('general', 'bob', 'first');
    server.say('general', 'mallory\u202e\u2067', hostile[0]!);
    for (const content of hostile.slice(1)) server.say('general', 'mallory\u202e\u2067', content);
    server.say('general', 'bob', 'last');
    await page.setViewportSize({ width: 360, height: 640 });
    await enter();
    await message('last').waitFor();
    expect(await log().locator(':is(script, img, b, iframe, a)').count()).toBe(0);
    expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await log().evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
    await log().focus();
    await page.keyboard.press('Home');
    await message('first').waitFor();

    // Piled-up marks make no row higher, and are cut off at its edges.
    const piled = await log().evaluate((box) =>
      [...box.querySelectorAll('[data-testid=message]')].flatMap((row) =>
        row.textContent.includes('\u0301\u0301\u0301')
          ? [{ height: row.getBoundingClientRect().height, overflow: getComputedStyle(row).overflow }]
          : [],
      ),
    );
    expect(piled).toHaveLength(1);
    expect(piled[0]!.height).toBeLessThan(60);
    expect(piled[0]!.overflow).toBe('clip');

    // The override shows as a sign, and what stands behind the name isn't turned round with it.
    const byline = page.locator('.byline').filter({ hasText: 'mallory' }).first();
    expect(await byline.locator('.author').textContent()).toBe('mallory\ufffd\u2067');
    const [name, time] = await byline.evaluate((line) =>
      ['.author', 'time'].map((one) => line.querySelector(one)!.getBoundingClientRect().left),
    );
    expect(time).toBeGreaterThan(name!);
    expect(await message('evil').textContent()).toBe('\ufffdevil \u2066\u2066\u2066 \u202a\u202b');
  });

  it('[PAGE-33] each message has its time with the full date, and its author a disc in their colour', async () => {
    server.say('general', 'bob', 'one');
    server.say('general', 'bob', 'two');
    await enter();
    await message('two').waitFor();
    const times = log().locator('time');
    expect(await times.count()).toBe(2);
    expect(await times.first().getAttribute('datetime')).toBe('2026-01-05T12:00:01.000Z');
    expect(await times.first().getAttribute('title')).toContain('2026');
    const disc = log().locator('.avatar');
    expect(await disc.allInnerTexts()).toEqual(['B']);
    expect(await disc.getAttribute('data-hue')).toMatch(/^\d+$/u);
  });
});

describe('pictures', () => {
  it('[PAGE-33] one’s own picture is asked for without a referrer; a broken one, or one without https, is a disc', async () => {
    const asked: (string | undefined)[] = [];
    const pixel =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await page.route('https://pictures.example/**', async (route) => {
      asked.push(route.request().headers()['referer']);
      if (route.request().url().endsWith('broken')) await route.abort();
      else await route.fulfill({ contentType: 'image/png', body: Buffer.from(pixel, 'base64') });
    });
    const mine = () => log().locator('.byline').filter({ hasText: 'ada' }).locator('.avatar');
    server.say('general', 'ada', 'hello');
    server.avatar = 'https://pictures.example/ada';
    await enter();
    await expect.poll(() => mine().evaluate((one) => one.tagName)).toBe('IMG');
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    expect(asked.every((referrer) => referrer === undefined)).toBe(true);

    for (const avatar of ['https://pictures.example/broken', 'http://pictures.example/ada', 'javascript:1']) {
      server.avatar = avatar;
      await page.reload();
      await expect.poll(() => mine().innerText()).toBe('A');
    }
  });
});

describe('a message on its way', () => {
  it('[PAGE-34] stands where it will stand in the log, also when others write and it has to be tried again', async () => {
    sayLines(1, 100);
    server.onSend = () => 'ignore';
    await enter();
    await message('line 100').waitFor();
    await wheel(-700);
    await page.getByTestId('composer').fill('mine');
    await page.getByTestId('composer').press('Enter');
    const unsent = page.getByTestId('outgoing').filter({ hasText: 'mine' });
    await unsent.waitFor();
    // Writing leads to the latest.
    await expect.poll(distance).toBe(0);
    expect(await unsent.locator('.author').innerText()).toBe('ada');
    sayLines(101, 103);
    await message('line 103').waitFor();
    const place = await unsent.locator('[data-anchor]').boundingBox();

    server.onSend = () => 'take';
    server.disconnect(4200, '0');
    await message('mine').waitFor();
    await settled();
    await unsent.waitFor({ state: 'detached' });
    expect((await message('mine').boundingBox())!.y).toBeCloseTo(place!.y, 0);
  });
});
