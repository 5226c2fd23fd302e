/**
 * `npx node scripts/page-screenshots.mjs`: pictures of the chat page's main states, into docs/screenshots/.
 *
 * It starts a real server on a database of its own and drives the system's Chromium as the browser tests do.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChatClient } from '../src/client/chat-client.ts';
import { ensurePage } from '../test/support/built-page.ts';
import { launchChromium } from '../test/support/chromium.ts';
import { startServer } from '../test/support/server-process.ts';

const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const WIDE = { viewport: { width: 1200, height: 720 } };
const PHONE = { viewport: { width: 360, height: 720 }, hasTouch: true, isMobile: true };

const CHANNELS = [
  { name: 'general', description: 'Everything that has no other place' },
  { name: 'release', description: 'What goes out on Thursday' },
  { name: 'music', description: 'What we are listening to' },
  { name: 'support', description: 'Questions, and people who know answers' },
];
const TALK = [
  ['Grace', 'Good morning! Has anyone looked at **the plan for Thursday** yet?'],
  ['Linus', 'I did: https://example.org/plan'],
  ['Linus', 'One thing is open. The start script still says `npm run serve`, and that is gone.'],
  ['Grace', '> One thing is open.\nI mend that today. It becomes:\n```sh\nnpm ci\nnpm start\n```'],
  ['Ngozi', 'And the notes for the release are in #release.'],
  ['Linus', 'Then I am happy. See you at ten!'],
];

const dataDir = await mkdtemp(join(tmpdir(), 'hubbub-screenshots-'));
await mkdir(folder, { recursive: true });
await ensurePage();
const server = await startServer({ env: { DATA_DIR: dataDir, SERVER_NAME: 'Harbour', SHARDS: '1' } });
const browser = await launchChromium();
const people = new Map();
try {
  await populate();
  await phone(await wide());
} finally {
  for (const chat of people.values()) chat.close();
  await browser.close();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function populate() {
  for (const name of ['Grace', 'Linus', 'Ngozi']) {
    const chat = new ChatClient({ url: server.url, name });
    const { guestToken } = await chat.connect();
    people.set(name, chat);
    if (people.size > 1) continue;
    for (const channel of CHANNELS) {
      await fetch(`${server.url}/channels`, {
        method: 'POST',
        headers: { authorization: `Bearer ${guestToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(channel),
      });
    }
  }
  for (const chat of people.values()) await chat.join('general');
  for (const [name, text] of TALK) await people.get(name).send('general', text);
}

/** Resolves with who Ada is, for another browser to go on as her. */
async function wide() {
  const context = await browser.newContext(WIDE);
  const page = await context.newPage();
  const shoot = shooter(page, 'wide');
  await page.goto(server.url);
  await page.getByTestId('guest-name').fill('Ada');
  await shoot('sign-in');
  await enter(page);
  await page.getByTestId('join-name').fill('music');
  await page.getByTestId('join-name').press('Enter');
  await page.getByTestId('channel-title').filter({ hasText: '#music' }).waitFor();
  await page.goBack();
  await page.getByTestId('channel-title').filter({ hasText: '#general' }).waitFor();
  const ngozi = people.get('Ngozi');
  await ngozi.join('music');
  await ngozi.send('music', 'Ada, this one is for you');
  await page.getByTestId('unread-music').waitFor();
  people.get('Linus').typing('general', true);
  await page.getByTestId('typing').filter({ hasText: 'Linus' }).waitFor();
  await shoot('chat');
  await page.keyboard.press('Control+k');
  await page.getByTestId('switcher-input').fill('re');
  await shoot('go-to-channel');
  await page.keyboard.press('Escape');
  await page.getByTestId('settings').click();
  await shoot('settings');
  const storageState = await context.storageState();
  await context.close();
  return storageState;
}

async function phone(storageState) {
  const context = await browser.newContext({ ...PHONE, storageState });
  const page = await context.newPage();
  const shoot = shooter(page, 'phone');
  await page.goto(server.url);
  await arrived(page);
  await shoot('chat');
  await page.getByTestId('show-channels').click();
  await page.locator('#channels').waitFor({ state: 'visible' });
  await shoot('channels');
  await context.close();
}

async function enter(page) {
  await page.getByTestId('enter').click();
  await arrived(page);
}

async function arrived(page) {
  await page.getByTestId('message').last().waitFor();
  await page.getByTestId('connection').filter({ hasText: 'Online' }).waitFor({ state: 'attached' });
}

/** Takes a picture in light and one in dark colours. */
function shooter(page, prefix) {
  return async (name) => {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() =>
        Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
      );
      await page.screenshot({ path: join(folder, `${prefix}-${colorScheme}-${name}.png`) });
    }
  };
}
