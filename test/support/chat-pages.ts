/** Pages of several people in one Chromium, over a server of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { ensurePage } from './built-page.ts';
import { launchChromium } from './chromium.ts';
import { createDatabase, type TestDatabase } from './postgres.ts';
import { startServer, type ServerProcess } from './server-process.ts';

const ADMIN_PASSWORD = 'correct horse battery';

/** See the head of the file. */
export class ChatPages {
  readonly server: ServerProcess;
  readonly #browser: Browser;
  readonly #database: TestDatabase;
  readonly #dataDir: string;
  #contexts: BrowserContext[] = [];
  #tries = 0;

  private constructor(browser: Browser, server: ServerProcess, database: TestDatabase, dataDir: string) {
    this.#browser = browser;
    this.server = server;
    this.#database = database;
    this.#dataDir = dataDir;
  }

  /** Builds the page where need be, and starts a browser and a server with two shards. */
  static async start(): Promise<ChatPages> {
    await ensurePage();
    const database = await createDatabase();
    const dataDir = await mkdtemp(path.join(tmpdir(), 'hubbub-data-'));
    const env = {
      DATABASE_URL: database.connectionString,
      DATA_DIR: dataDir,
      SHARDS: '2',
      ADMIN_PASSWORD,
    };
    const [browser, server] = await Promise.all([launchChromium(), startServer({ env })]);
    return new ChatPages(browser, server, database, dataDir);
  }

  /** A try of a test begins: guests and channels of the one before are still known by their names. */
  begin(): void {
    this.#tries += 1;
  }

  /** What a guest or a channel is called in this try. */
  own(name: string): string {
    return name === 'admin' ? name : `${name}${this.#tries}`;
  }

  /** A page of somebody's own browser, in a channel: of a guest, or of the administrator `admin`. */
  async enter(name: string, channelId: string): Promise<Page> {
    const context = await this.#browser.newContext();
    this.#contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(`${this.server.url}/?channel=${this.own(channelId)}`);
    if (name === 'admin') {
      await page.getByTestId('way-log-in').click();
      await page.getByTestId('log-in-name').fill(name);
      await page.getByTestId('log-in-password').fill(ADMIN_PASSWORD);
      await page.getByTestId('log-in').click();
    } else {
      await page.getByTestId('guest-name').fill(this.own(name));
      await page.getByTestId('enter').click();
    }
    await page
      .getByTestId('connection')
      .filter({ hasText: /^Online$/u })
      .waitFor();
    await page.getByTestId('composer').waitFor();
    return page;
  }

  /** Closes all pages. */
  async leave(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    this.#contexts = [];
  }

  async stop(): Promise<void> {
    await this.leave();
    await this.#browser.close();
    await this.server.stop();
    await this.#database.drop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** Sends a message. A page behind another gets one frame a second, and would do everything as slowly. */
export async function write(page: Page, text: string): Promise<void> {
  await page.bringToFront();
  await page.getByTestId('composer').fill(text);
  await page.getByTestId('composer').press('Enter');
}

/** Messages of the log that hold a text. */
export function message(page: Page, text: string): Locator {
  return page.getByTestId('log').getByTestId('message').filter({ hasText: text });
}

/** The row of a message of the log, with what stands around its text. */
export function row(page: Page, text: string): Locator {
  return page.getByTestId('log').getByRole('listitem').filter({ hasText: text });
}

/** Opens the card of somebody who is present, by all of their name. */
export async function openCard(page: Page, name: string): Promise<void> {
  await page.bringToFront();
  await page.getByTestId('members').getByRole('button', { name, exact: true }).click();
  await page.getByTestId('person-card').waitFor();
}
