/** Programs that only tests need, and that npm doesn't carry. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { oneAtATime } from './one-at-a-time.mjs';
import { run, say } from './run.mjs';

/** Debian package → names of the program, any of which will do. */
const NEEDED = [
  {
    package: 'chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    what: 'tests of the chat page',
  },
  { package: 'caddy', programs: ['caddy'], what: 'tests of the Caddyfiles' },
  {
    package: 'redis-server',
    programs: ['valkey-server', 'redis-server'],
    what: 'tests of what goes through Valkey',
  },
  { package: 'postgresql', programs: ['pg_ctlcluster'], what: 'the test of the production set' },
];

/** Installs what is missing where that is allowed, else says what to install. */
export async function ensureSystemPackages(root) {
  if (missing().length === 0) return;
  await oneAtATime(root, async () => {
    const packages = missing();
    if (packages.length === 0) return;
    const names = packages.map((needed) => needed.package).join(' ');
    if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
      for (const needed of packages) say(`${needed.what} need ${needed.package}, which is not installed`);
      say(`install it, on Debian with: sudo apt-get install ${names}`);
      return;
    }
    say(`installing ${names} for the tests (apt-get)`);
    const options = {
      cwd: root,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      failure: `apt-get could not install ${names}: install it by hand`,
    };
    await run('apt-get', ['update', '-q'], options);
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...names.split(' ')], options);
  });
}

function missing() {
  return NEEDED.filter((needed) => !needed.programs.some(isOnPath));
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
