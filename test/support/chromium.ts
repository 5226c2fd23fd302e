/** The system's Chromium, driven by playwright-core. playwright-core brings no browser of its own. */
import { chromium, type Browser } from 'playwright-core';
import { firstExecutable, installWithApt } from './apt.ts';

/** Chromium without what only a window needs: tests take half of the CPU time with it. It shows no notifications. */
const SHELL = { places: ['/usr/bin/chromium-headless-shell'], package: 'chromium-headless-shell' } as const;
const WHOLE = {
  places: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  package: 'chromium',
} as const;

/** No sandbox, as tests may run as root; nothing that calls home. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What a test needs of a browser. */
export interface BrowserNeeds {
  /** Only a whole Chromium shows notifications. */
  readonly notifications?: boolean;
  /** More of Chromium's own arguments. */
  readonly args?: readonly string[];
}

/**
 * Starts a headless Chromium with an empty profile. Installs Chromium first where it is missing and can be
 * installed (root on a system with apt-get, which takes up to some minutes).
 *
 * @throws when there is no Chromium and none could be installed; the message says what to install. Tests that need
 *   a browser fail then, and are never skipped.
 */
export async function launchChromium(needs: BrowserNeeds = {}): Promise<Browser> {
  const args = [...ARGUMENTS, ...(needs.args ?? [])];
  return chromium.launch({ executablePath: await chromiumPath(needs), headless: true, args });
}

/**
 * Path of an executable Chromium; installs it or throws as {@link launchChromium} says. With `CI=true`, where every second
 * counts, the shell is installed beside a Chromium that is there.
 */
export async function chromiumPath({ notifications = false }: BrowserNeeds = {}): Promise<string> {
  const [wanted, others] = notifications ? [WHOLE, []] : [SHELL, WHOLE.places];
  const best = await firstExecutable(wanted.places);
  if (best !== undefined) return best;
  const other = await firstExecutable(others);
  if (other !== undefined && process.env['CI'] !== 'true') return other;
  const problem = await installWithApt(wanted.package);
  const found = (await firstExecutable(wanted.places)) ?? other;
  if (found !== undefined) return found;
  throw new Error(
    `The browser tests need Chromium, and there is none (${problem}). Install it, for example ` +
      `\`sudo apt-get install ${wanted.package}\` on Debian, and run the tests again.`,
  );
}
