import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';
import {
  CLIENT_FOLDER,
  type ConsumerProject,
  consumerProject,
  documentedExample,
  ensureClient,
  npm,
} from '../support/built-client.ts';
import { startWireServer } from '../support/wire-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const index = await readFile(path.join(root, 'src', 'client', 'index.ts'), 'utf8');
let project: ConsumerProject;

beforeAll(async () => {
  await ensureClient();
  project = await consumerProject();
}, 120_000);
afterAll(async () => {
  await project.remove();
});

/** What Node makes of `import(specifier)` in `folder`: the names of its exports, or the code of the error. */
async function imported(folder: string, specifier: string): Promise<string> {
  const script = `import(${JSON.stringify(specifier)}).then((it) => console.log(Object.keys(it).sort().join()), (error) => console.log(error.code))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
  });
  return stdout.trim();
}

/** What index.ts exports: values, and types. */
function surface() {
  const names = (kind: RegExp) =>
    [...index.matchAll(kind)].flatMap(([, list]) => list!.match(/\w+/g) ?? []).sort();
  return { values: names(/^export \{([^}]*)\}/gm), types: names(/^export type \{([^}]*)\}/gm) };
}

describe('hubbub/client', () => {
  it('[SDK-27] exports what docs/client.md lists', async () => {
    const { values, types } = surface();
    const docs = await readFile(path.join(root, 'docs', 'client.md'), 'utf8');
    const section = docs.split('## What it exports\n')[1]!.split('\n## ')[0]!;
    const [table, text] = section.split('\nTypes of what goes in') as [string, string];
    const listed = (part: string, kind: RegExp) => [...part.matchAll(kind)].map(([, name]) => name!).sort();
    expect(listed(table, /^\| `(\w+)/gm)).toEqual(values);
    expect(listed(text, /`(\w+)`/g)).toEqual(types);
    expect(await imported(project.folder, 'hubbub/client')).toBe(values.join());
  });

  it('[SDK-27] is all that can be imported, from the package and from the repository', async () => {
    for (const [folder, hidden] of [
      [project.folder, ['hubbub', 'hubbub/client.js', 'hubbub/client/client.js']],
      [root, ['hubbub', 'hubbub/src/main.ts', 'hubbub/src/client/index.ts', 'hubbub/dist/client/client.js']],
    ] as const) {
      for (const specifier of hidden) {
        expect([specifier, await imported(folder, specifier)]).toEqual([
          specifier,
          'ERR_PACKAGE_PATH_NOT_EXPORTED',
        ]);
      }
    }
    expect(await imported(root, 'hubbub/client')).toBe(surface().values.join());
  });

  it('[SDK-33] is packed with what it needs and nothing else, and names no path of the machine', async () => {
    const packed = async (folder: string) => {
      const { stdout } = await npm(folder, 'pack', '--dry-run', '--json', '--ignore-scripts');
      const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
      return files.map((file) => file.path).sort();
    };
    const built = ['client.d.ts', 'client.js', 'client.js.map'];
    expect(await packed(CLIENT_FOLDER)).toEqual(['LICENSE', 'README.md', ...built, 'package.json']);
    expect(await packed(root)).toEqual([
      'LICENSE',
      'README.md',
      ...built.map((name) => `dist/client/${name}`),
      'docs/client.md',
      'package.json',
    ]);
    for (const name of built) {
      expect(await readFile(path.join(CLIENT_FOLDER, name), 'utf8')).not.toContain(root.replace(/\/$/, ''));
    }
    const map = JSON.parse(await readFile(path.join(CLIENT_FOLDER, 'client.js.map'), 'utf8')) as {
      readonly sources: string[];
      readonly sourcesContent: string[];
    };
    expect(map.sources).toContain('../../src/client/chat-client.ts');
    expect(map.sourcesContent).toHaveLength(map.sources.length);
  });

  it('[SDK-33] needs no other package and has the version of the server', async () => {
    const entries = await readdir(path.join(project.folder, 'node_modules'));
    expect(entries.filter((name) => !name.startsWith('.'))).toEqual(['hubbub']);
    const manifest = async (folder: string) =>
      JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    const own = await manifest(path.join(project.folder, 'node_modules', 'hubbub'));
    const whole = await manifest(root);
    expect([own['name'], own['version'], own['license']]).toEqual([
      whole['name'],
      whole['version'],
      whole['license'],
    ]);
    expect(own['dependencies']).toBeUndefined();
  });
});

describe('the build', () => {
  it('[SDK-33] comes out the same wherever it is started', async () => {
    const script = path.join(root, 'scripts', 'build-client.mjs');
    await promisify(execFile)(process.execPath, [script, 'built-here'], { cwd: project.folder });
    for (const name of ['client.js', 'client.d.ts', 'package.json']) {
      const here = await readFile(path.join(project.folder, 'built-here', name), 'utf8');
      expect(here).toBe(await readFile(path.join(CLIENT_FOLDER, name), 'utf8'));
    }
  }, 90_000);
});

describe('a bundler', () => {
  /** What Vite makes of `code`; the module is out of its package here, whose `sideEffects` would say it all. */
  async function bundled(code: string): Promise<string> {
    const entry = path.join(project.folder, 'entry.js');
    await copyFile(path.join(CLIENT_FOLDER, 'client.js'), path.join(project.folder, 'client-alone.js'));
    await writeFile(entry, code.replace('CLIENT', './client-alone.js'));
    const built = await build({
      root: project.folder,
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: false,
        rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
      },
    });
    if (!('output' in built)) throw new Error('one build was asked for');
    return built.output[0].code;
  }

  it('[SDK-42] drops what is not used', async () => {
    expect((await bundled("import 'CLIENT';")).trim()).toBe('');
    const store = await bundled("export { memoryGuestTokenStore } from 'CLIENT';");
    expect(store).toContain('memoryGuestTokenStore');
    expect(store.length).toBeLessThan(600);
    expect(store).not.toMatch(/WebSocket|ChatClient/);
    expect(await bundled("export { ChatClient } from 'CLIENT';")).toContain('WebSocket');
  });
});

describe('the chat for Node at the head of docs/client.md', () => {
  it('[SDK-30] has at most thirty lines, and chats', async () => {
    const example = await documentedExample('js');
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(30);
    const script = path.join(project.folder, 'chat.js');
    await writeFile(script, example);
    const server = await startWireServer();
    const other = new ChatClient({ url: server.url, name: 'bob' });
    await other.connect();
    await other.join('general');
    const heard = new Promise<string>((resolve) => {
      other.on('message', ({ data }) => resolve(`${data.author.name}: ${data.content}`));
    });

    const child = spawn(process.execPath, [script, server.url, 'general', 'ada'], {
      cwd: project.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const lines: string[] = [];
    const waiting = new Map<string, () => void>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      waiting.get(line)?.();
    });
    const said = (line: string) =>
      new Promise<void>((resolve) => {
        waiting.set(line, resolve);
        if (lines.includes(line)) resolve();
      });

    await said('* 2 here');
    child.stdin.write('hello from the docs\n');
    expect(await heard).toBe('ada: hello from the docs');
    await said('ada: hello from the docs');
    other.typing('general', true);
    await said('* bob is typing');
    await other.send('general', 'hello ada');
    await said('bob: hello ada');
    child.stdin.end();
    expect(await exited).toEqual([0, null]);
    expect(lines.slice(0, 3)).toEqual(['* connecting', '* online', '* you are ada on Hubbub']);
    other.close();
    await server.end();
  }, 90_000);
});
