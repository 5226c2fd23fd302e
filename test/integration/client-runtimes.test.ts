import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Linter } from 'eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_FOLDER, ensureClient } from '../support/built-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const file = path.join(CLIENT_FOLDER, 'client.js');
const script = fileURLToPath(new URL('../support/bare-runtime.ts', import.meta.url));
let server: WireServer;

beforeAll(async () => {
  await ensureClient();
  server = await startWireServer();
}, 120_000);
afterAll(async () => {
  await server.end();
});

/** Names in backticks of docs/client.md, section "What it needs of the platform". */
async function documentedGlobals() {
  const docs = await readFile(new URL('../../docs/client.md', import.meta.url), 'utf8');
  const [table, optional] = docs
    .split('## What it needs of the platform\n')[1]!
    .split('\n## ')[0]!
    .split('\nIt uses these where they are') as [string, string];
  const names = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  const needed = [...table.matchAll(/^\| (`[^|]*`) +\|/gm)].flatMap(([, cell]) => names(cell!));
  return { needed, optional: names(optional).filter((name) => name !== 'ChatClient') };
}

describe('the globals of the client', () => {
  it('[SDK-31] are those that docs/client.md names, and no others', async () => {
    const code = await readFile(file, 'utf8');
    const problems = new Linter().verify(code, {
      languageOptions: { ecmaVersion: 2022, sourceType: 'module' },
      rules: { 'no-undef': ['error', { typeof: true }] },
    });
    const named = problems.map(({ message }) => /^'(\w+)' is not defined\.$/.exec(message)?.[1] ?? message);
    // What is looked for on globalThis: a linter sees only that name.
    const sought = [...code.matchAll(/(?:const|let) \{([^}]*)\} = (?:globalThis|platform)\b/g)].flatMap(
      ([, names]) => names!.split(',').map((name) => name.trim().split(':')[0]!),
    );
    const called = [...code.matchAll(/\bplatform\.(\w+)/g)].map(([, name]) => name!);
    const otherwise = code.replaceAll(/(?:\{[^}]*\}|platform) = globalThis;/g, '').match(/globalThis/g) ?? [];
    const { needed, optional } = await documentedGlobals();
    expect([...new Set([...named, ...sought, ...called])].sort()).toEqual([...needed, ...optional].sort());
    expect(otherwise).toEqual([]);
  });
});

describe('the client, with Web globals alone', () => {
  const page = ['online', 'visibilitychange'];
  it.each([
    ['needed alone', [], false],
    ['worker', ['online'], false],
    ['page', page, true],
    ['page without storage', page, false],
    ['page with forbidden storage', page, false],
  ])('[SDK-31] chats: %s', async (runtime, listening, keeps) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      script,
      file,
      server.url,
      runtime,
    ]);
    expect(JSON.parse(stdout)).toEqual({
      heard: `hello from ${runtime}`,
      sent: true,
      refused: 'bad_request',
      touchedByImport: 0,
      listening,
      stillListening: 0,
      kept: keeps ? [`hubbub:guest-token:${server.url.replace('http', 'ws')}/ws`] : [],
    });
  });
});
