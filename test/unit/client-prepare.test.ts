import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const scripts = new URL('../../scripts', import.meta.url).pathname;
const OUTPUT = 'dist/client/client.js';

/** Stands for the build: counts its runs, fails while `broken` exists. */
const FAKE_BUILD = `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync('builds', 'x');
if (existsSync('broken')) { console.error('syntax error somewhere'); process.exit(1); }
mkdirSync('dist/client', { recursive: true });
writeFileSync('${OUTPUT}', '');
`;

let clone: string;

const at = (path: string) => join(clone, path);
function write(path: string, text = ''): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}
const builds = () => (existsSync(at('builds')) ? readFileSync(at('builds'), 'utf8').length : 0);

/** Runs a script of the clone. */
function run(script: string, ...args: string[]): Promise<{ code: unknown; text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [at(script), ...args], { cwd: clone }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, text: stdout + stderr });
    });
  });
}
const prepare = () => run('scripts/prepare.mjs');

/** Makes `path` a minute younger than the build. */
function touch(path: string): void {
  const later = Date.now() / 1_000 + 60;
  utimesSync(at(path), later, later);
}

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'hubbub-clone-'));
  for (const name of ['bootstrap.mjs', 'bootstrap', 'prepare.mjs']) {
    cpSync(join(scripts, name), join(clone, 'scripts', name), { recursive: true });
  }
  write('scripts/build-client.mjs', FAKE_BUILD);
  write('package.json', '{"type":"module"}');
  write('src/client/index.ts');
  write('src/channel/commands/message-send.ts');
  write('src/channel/channel.ts');
  write('node_modules/vite/package.json');
  write('node_modules/typescript/package.json');
});
afterEach(() => {
  rmSync(clone, { recursive: true });
});

describe('npm ci and npm pack', () => {
  it('[SDK-32] build the client when it is missing, and not again', async () => {
    const first = await prepare();
    expect(first).toEqual({ code: 0, text: 'bootstrap: building the client, since it was never built\n' });
    expect(existsSync(at(OUTPUT))).toBe(true);
    expect(await prepare()).toEqual({ code: 0, text: '' });
    expect(builds()).toBe(1);
  });

  it.each(['src/client/index.ts', 'src/channel/commands/message-send.ts', 'scripts/build-client.mjs'])(
    '[SDK-32] build it again when %s is newer',
    async (source) => {
      await prepare();
      touch(source);
      expect((await prepare()).text).toContain('its sources changed');
      expect(builds()).toBe(2);
    },
  );

  it('[SDK-32] leave it for changes of what it is not made of', async () => {
    await prepare();
    touch('src/channel/channel.ts');
    expect(await prepare()).toEqual({ code: 0, text: '' });
  });

  it.each(['src/client', 'node_modules/vite', 'node_modules/typescript'])(
    '[SDK-32] do nothing, and fail for nothing, without %s',
    async (missing) => {
      rmSync(at(missing), { recursive: true });
      expect(await prepare()).toEqual({ code: 0, text: '' });
      expect(builds()).toBe(0);
    },
  );

  it('[SDK-32] fail with what the build said', async () => {
    write('broken');
    const { code, text } = await prepare();
    expect(code).toBe(1);
    expect(text).toMatch(/syntax error somewhere\nprepare: the client could not be built/);
  });

  it('[SDK-32] do not wait for the bootstrap, whose own npm ci they may be part of', async () => {
    write('.bootstrap.lock', String(process.pid));
    expect((await prepare()).code).toBe(0);
    expect(builds()).toBe(1);
  });
});

describe('npm start and npm test', () => {
  it('[SDK-32] ask for the client, and build it when it is old', async () => {
    const { scripts: npmScripts } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { scripts: Record<string, string> };
    for (const name of ['prestart', 'predev', 'pretest']) expect(npmScripts[name]).toContain(' --client');
    expect(npmScripts['prepare']).toBe('node scripts/prepare.mjs');

    write('package-lock.json', '{"packages":{}}');
    write('node_modules/.package-lock.json', '{"packages":{}}');
    mkdirSync(at('node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, at('node_modules/.bin/node'));
    const first = await run('scripts/bootstrap.mjs', '--client');
    expect(first).toEqual({ code: 0, text: 'bootstrap: building the client, since it was never built\n' });
    expect(await run('scripts/bootstrap.mjs', '--client')).toEqual({ code: 0, text: '' });
    expect(await run('scripts/bootstrap.mjs')).toEqual({ code: 0, text: '' });
    expect(builds()).toBe(1);
  });
});
