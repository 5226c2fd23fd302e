/**
 * Runs the built client where there is nothing but what the arguments name: a context of `node:vm` without Node's own
 * globals. Started with `--experimental-vm-modules` as a process of its own; prints what came of it as one line of JSON.
 *
 *   node … bare-runtime.ts <client.js> <server's url> <runtime>
 */
import { readFile } from 'node:fs/promises';
import { createContext, SourceTextModule } from 'node:vm';
import type * as client from '../../src/client/index.ts';

const [, , file = '', url = '', runtime = ''] = process.argv;

/** Those that docs/client.md says are needed. */
const NEEDED = { URL, WebSocket, setTimeout, clearTimeout, performance, crypto, queueMicrotask };
const kept = new Map<string, string>();
const listeners = new Set<string>();
const listened = {
  addEventListener: (type: string) => listeners.add(type),
  removeEventListener: (type: string) => listeners.delete(type),
};
const document = { visibilityState: 'visible', ...listened };
const localStorage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
};

const RUNTIMES: Readonly<Record<string, object>> = {
  'needed alone': NEEDED,
  worker: { ...NEEDED, ...listened, atob },
  page: { ...NEEDED, ...listened, document, localStorage, atob },
  'page without storage': { ...NEEDED, ...listened, document, atob },
  'page with forbidden storage': {
    ...NEEDED,
    ...listened,
    document,
    get localStorage() {
      throw new Error('SecurityError');
    },
  },
};

const globals = RUNTIMES[runtime];
if (globals === undefined) throw new Error(`no runtime ${runtime}`);
const context = createContext(Object.create(null, Object.getOwnPropertyDescriptors(globals)) as object);
const module = new SourceTextModule(await readFile(file, 'utf8'), { context, identifier: file });
await module.link((specifier) => {
  throw new Error(`the client imports ${specifier}`);
});
const touchedByImport = listeners.size + kept.size;
await module.evaluate();
const { ChatClient, ChatError } = module.namespace as typeof client;

const chat = new ChatClient({ url, name: 'ada' });
const heard: string[] = [];
const message = new Promise<void>((resolve) => {
  chat.on('message', ({ data }) => {
    heard.push(data.author.id === chat.user?.id ? data.content : 'of somebody else');
    resolve();
  });
});
await chat.connect();
await chat.join('general');
const listening = [...listeners].sort();
const { seq } = await chat.send('general', `hello from ${runtime}`);
await message;
const refused: unknown = await chat
  .request('message:send', { channelId: 'general', data: { content: '' } })
  .catch((error: unknown) => error);
chat.close();
const result = {
  heard: heard.at(-1),
  sent: seq > 0,
  refused: refused instanceof ChatError && refused.code,
  touchedByImport,
  listening,
  stillListening: listeners.size,
  kept: [...kept.keys()],
};
console.log(JSON.stringify(result));
