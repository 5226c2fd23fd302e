import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsumerProject, consumerProject, ensureClient } from '../support/built-client.ts';

let project: ConsumerProject;

beforeAll(async () => {
  await ensureClient();
  project = await consumerProject();
}, 120_000);
afterAll(async () => {
  await project.remove();
});

/** As a program of somebody else may use the client. */
const GOOD = `
import { ChatClient, ChatError, memoryGuestTokenStore } from 'hubbub/client';
import type { ChatOptions, ClientEvents, DurableEvent, ErrorCode, KnownRequests, PresenceChange, User } from 'hubbub/client';

const options: ChatOptions = { url: 'http://localhost', token: async () => 't', guestTokenStore: memoryGuestTokenStore() };
export const chat = new ChatClient(options);
const stop: () => void = chat.on('message', ({ data, seq }) => {
  const text: string = data.content;
  const place: number = seq;
  void [text, place];
});
chat.on('event', (event) => event.type === 'message:created' && event.data.author.name);
chat.on('user:updated', (user: User) => user.roles.includes('moderator'));
export function count(change: PresenceChange): number {
  switch (change.kind) {
    case 'list':
    case 'count':
      return change.count;
    case 'join':
    case 'leave':
    case 'update':
      return change.user.name.length;
  }
}
export async function use(): Promise<ErrorCode | undefined> {
  const { user } = await chat.connect();
  await chat.join('general', { limit: 10, recover: chat.resumePoint('general') ?? undefined });
  const { id, seq } = await chat.send('general', 'hi ' + user.name, { meta: { a: [1] }, replyTo: undefined });
  const { events } = await chat.history('general', { beforeSeq: seq });
  await chat.request('ping');
  await chat.request('history:get', { channelId: 'general', data: { limit: 5 } });
  await chat.request('message:send', { channelId: 'general', data: { content: id } });
  await chat.request('of:tomorrow', { data: { anything: events } });
  const asked: string = 'decided:later';
  await chat.request(asked);
  const data: KnownRequests['history:get'] = { afterSeq: 3 };
  void data;
  try {
    await chat.ping();
  } catch (error) {
    if (error instanceof ChatError) return error.code;
  }
  stop();
  return undefined;
}
export const listeners: Partial<{ [K in keyof ClientEvents]: (payload: ClientEvents[K]) => void }> = {
  message: (event: DurableEvent) => void event,
};
`;

/** Each must not compile, whatever else does. */
const WRONG = {
  'data of another type': "await chat.request('history:get', { channelId: 'a', data: { limit: '5' } });",
  'data with a member that is not known': "await chat.request('history:get', { data: { before: 5 } });",
  'data that is missing': "await chat.request('message:send', { channelId: 'a' });",
  'data that lacks a member': "await chat.request('message:send', { channelId: 'a', data: {} });",
  'an unknown event': "chat.on('massage', () => undefined);",
  'a payload of another type': "chat.on('state', (state: number) => state);",
  'content that is no text': "await chat.send('a', 5);",
  'options without a url': 'new ChatClient({});',
  'an option that is not known': "new ChatClient({ url: 'x', tokn: 't' });",
  'what is not exported': "import { ChatEngine } from 'hubbub/client'; void ChatEngine;",
};

async function problems(files: Readonly<Record<string, string>>, options: ts.CompilerOptions) {
  const folder = path.join(project.folder, 'src');
  await mkdir(folder, { recursive: true });
  const paths = Object.keys(files).map((name) => path.join(folder, name));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    types: [],
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    ...options,
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => ({
    file: file === undefined ? '' : path.relative(folder, file.fileName),
    text: ts.flattenDiagnosticMessageText(messageText, '\n'),
  }));
}

const NODENEXT = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
const BUNDLER = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

// A program with the DOM's declarations takes seconds to check, more on a busy machine.
describe('the types of hubbub/client', { timeout: 90_000 }, () => {
  it.each([
    ['nodenext', NODENEXT],
    ['bundler', BUNDLER],
  ])('[SDK-29] compile without any other declaration: %s', async (_, resolution) => {
    expect(await problems({ 'good.ts': GOOD }, resolution)).toEqual([]);
  });

  it('[SDK-29] take the WebSocket of a browser', async () => {
    const page = `
      import { ChatClient } from 'hubbub/client';
      new ChatClient({ url: location.href, webSocket: WebSocket, guestTokenStore: { get: () => localStorage.getItem('a'), set: (token) => localStorage.setItem('a', token) } });
    `;
    const lib = ['lib.es2022.d.ts', 'lib.dom.d.ts'];
    expect(await problems({ 'page.ts': page }, { ...BUNDLER, lib })).toEqual([]);
  });

  it('[SDK-26, SDK-29] what is wrong does not compile', async () => {
    const head =
      "import { ChatClient } from 'hubbub/client'; const chat = new ChatClient({ url: 'x' }); void chat;\n";
    const files = Object.fromEntries(
      Object.entries(WRONG).map(([name, code]) => [`${name}.ts`, head + code]),
    );
    const found = await problems(files, NODENEXT);
    expect([...new Set(found.map(({ file }) => file))].sort()).toEqual(Object.keys(files).sort());
    expect(found).toHaveLength(Object.keys(WRONG).length);
  });
});
