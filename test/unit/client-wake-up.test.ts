import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryGuestTokenStore } from '../../src/client/guest-token-store.ts';
import { settled } from '../support/fake-timers.ts';
import { ScriptedChat } from '../support/scripted-chat.ts';

/** An event target that counts its listeners. */
class Listened extends EventTarget {
  visibilityState = 'visible';
  listeners = 0;
  override addEventListener = (...args: Parameters<EventTarget['addEventListener']>) => {
    this.listeners += 1;
    super.addEventListener(...args);
  };
  override removeEventListener = (...args: Parameters<EventTarget['removeEventListener']>) => {
    this.listeners -= 1;
    super.removeEventListener(...args);
  };
}

let page: Listened;
let document: Listened;
const listening = () => page.listeners + document.listeners;

beforeEach(() => {
  page = new Listened();
  document = new Listened();
  vi.stubGlobal('addEventListener', page.addEventListener);
  vi.stubGlobal('removeEventListener', page.removeEventListener);
  vi.stubGlobal('document', document);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const comeOnline = () => page.dispatchEvent(new Event('online'));
function show(state: 'visible' | 'hidden'): void {
  document.visibilityState = state;
  document.dispatchEvent(new Event('visibilitychange'));
}

const newChat = () => new ScriptedChat({ guestTokenStore: memoryGuestTokenStore() });

/** A client that waits for its next try after `code`. */
async function waiting(code = 1006, reason = ''): Promise<ScriptedChat> {
  const s = newChat();
  await s.online();
  s.socket.drop(code, reason);
  await settled();
  expect(s.chat.state).toBe('waiting');
  return s;
}

describe('a page that wakes up', () => {
  it.each([
    ['comes online', comeOnline],
    ['is shown again', () => show('visible')],
  ])('[SDK-34] that %s tries at once instead of waiting', async (_, wake) => {
    const s = await waiting();
    wake();
    expect(s.chat.state).toBe('connecting');
    await s.welcome();
    expect(s.chat.state).toBe('online');
    expect(s.sockets).toHaveLength(2);
    await s.timers.advance(10_000);
    expect(s.sockets).toHaveLength(2);
    s.chat.close();
  });

  it('[SDK-34] waits out what the server asked for', async () => {
    for (const [code, reason] of [
      [4100, 'overloaded'],
      [4200, '3000'],
    ] as const) {
      const s = await waiting(code, reason);
      comeOnline();
      show('visible');
      expect(s.chat.state).toBe('waiting');
      await s.retry();
      expect(s.chat.state).toBe('connecting');
      s.chat.close();
    }
  });

  it('[SDK-34] does nothing when it is hidden, or not waiting', async () => {
    const s = await waiting();
    show('hidden');
    expect(s.chat.state).toBe('waiting');
    comeOnline();
    comeOnline();
    await settled();
    expect(s.sockets).toHaveLength(2);
    s.chat.close();
    comeOnline();
    await settled();
    expect(s.sockets).toHaveLength(2);
  });

  it('[SDK-34] a failed try at once lets the backoff grow as any other', async () => {
    const s = await waiting();
    comeOnline();
    await settled();
    s.socket.drop();
    expect(s.payloads('closed').map(({ retryInMs }) => retryInMs)).toEqual([125, 250]);
    s.chat.close();
  });

  it('[SDK-34] nothing listens to the page before connect, nor after the client stopped', async () => {
    const s = newChat();
    expect(listening()).toBe(0);
    await s.online();
    expect(listening()).toBe(2);
    await s.reconnect();
    expect(listening()).toBe(2);
    s.chat.close();
    expect(listening()).toBe(0);
    await s.online();
    s.socket.drop(4003, 'banned');
    expect(listening()).toBe(0);
  });

  it('[SDK-34] works where there is neither document nor addEventListener', async () => {
    vi.stubGlobal('document', undefined);
    vi.stubGlobal('addEventListener', undefined);
    vi.stubGlobal('removeEventListener', undefined);
    const s = await waiting();
    await s.retry();
    await s.welcome();
    expect(s.chat.state).toBe('online');
    s.chat.close();
  });

  it('[SDK-35] asks a connection that was silent for a sign, and gives it 5 s', async () => {
    const s = newChat();
    await s.online();
    await s.timers.advance(5_000);
    s.socket.take();
    comeOnline();
    show('visible');
    expect(s.socket.take()).toEqual([{ type: 'ping', ref: 'heartbeat' }]);
    await s.timers.advance(5_000);
    expect(s.sockets[0]!.closedByClient).toBe(true);
    expect(s.payloads('closed')).toMatchObject([{ code: 1006, reason: 'the server is silent' }]);
    s.chat.close();
  });

  it('[SDK-35] a connection that answers stays, and goes on to be listened to', async () => {
    const s = newChat();
    await s.online({ heartbeatMs: 10_000 });
    await s.timers.advance(4_999);
    s.socket.take();
    comeOnline();
    expect(s.socket.take()).toEqual([]);
    await s.timers.advance(1);
    comeOnline();
    s.socket.deliver({ type: 'pong', ref: 'heartbeat', data: {} });
    await s.timers.advance(9_999);
    expect(s.socket.take()).toHaveLength(1);
    await s.timers.advance(1);
    expect(s.socket.take()).toEqual([{ type: 'ping', ref: 'heartbeat' }]);
    await s.timers.advance(5_000);
    expect(s.chat.state).toBe('waiting');
    s.chat.close();
  });
});

describe('connect', () => {
  it('[SDK-36] while the client waits, tries at once, whoever asked for the delay', async () => {
    for (const code of [1006, 4100, 4200]) {
      const s = await waiting(code, '60000');
      const connecting = s.chat.connect();
      expect(s.chat.state).toBe('connecting');
      await s.welcome();
      expect(await connecting).toMatchObject({ protocol: 1 });
      await s.timers.advance(1_000);
      expect(s.sockets).toHaveLength(2);
      s.chat.close();
    }
  });
});
