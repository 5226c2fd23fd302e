import { describe, expect, it, vi } from 'vitest';
import { tokenEnd } from '../../src/client/token-end.ts';
import { systemTimers } from '../../src/client/timers.ts';
import { settled } from '../support/fake-timers.ts';
import { ScriptedChat } from '../support/scripted-chat.ts';

/** What the server's clock shows at the first welcome; the client's own says something else altogether. */
const START = 1_800_000_000_000;
const HOUR = 3_600_000;

/** A token that ends so many ms after {@link START}. */
function token(endsInMs: number, name = 'é~ÿ'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256' })}.${part({ exp: (START + endsInMs) / 1_000, name })}.c2ln`;
}

/** A client whose token function gives these, one after the other, and the last one from then on. */
async function connected(...tokens: (string | Error)[]) {
  const asked: string[] = [];
  const s = new ScriptedChat({
    token: () => {
      const next = tokens.length > 1 ? tokens.shift()! : tokens[0]!;
      if (next instanceof Error) throw next;
      asked.push(next);
      return next;
    },
  });
  const connecting = s.chat.connect();
  await settled();
  s.socket.open();
  welcome(s, 0);
  await connecting;
  s.socket.take();
  return { s, asked };
}

function welcome(s: ScriptedChat, atMs: number): void {
  s.socket.deliver({
    type: 'welcome',
    timestamp: START + atMs,
    data: {
      protocol: 1,
      connectionId: 'c',
      server: { id: 's', name: 'Hubbub' },
      user: { id: 'u', name: 'ada', guest: false, roles: ['user'] },
      // Silence isn't what is tried here.
      heartbeatMs: 100 * HOUR,
    },
  });
}

const refreshes = (s: ScriptedChat) =>
  s.socket.take().flatMap(({ type, data }) => (type === 'auth:refresh' ? [data] : []));

/** Takes the newest `auth:refresh`; the server's clock shows {@link START} + `atMs`. */
function accept(s: ScriptedChat, atMs: number): void {
  const { ref } = s.socket.last('auth:refresh');
  s.socket.deliver({ type: 'ack', ref, timestamp: START + atMs, data: {} });
}

function refuse(s: ScriptedChat, code: string): void {
  s.socket.answer('auth:refresh', 'error', { code, message: code, retryAfterMs: 5 });
}

describe('the end of a token', () => {
  it('[SDK-40] is read from a JWT and from nothing else', () => {
    expect(tokenEnd(token(HOUR))).toBe(START + HOUR);
    const payload = (text: string) => `e30.${Buffer.from(text).toString('base64url')}.x`;
    for (const text of ['{}', '{"exp":"1"}', '{"exp":null}', 'null', '1', '[]', '{"exp":1e999}', '{']) {
      expect([text, tokenEnd(payload(text))]).toEqual([text, null]);
    }
    for (const text of ['', 'opaque', 'a.b', 'a.b.c.d.e', '.%%%.']) {
      expect([text, tokenEnd(text)]).toEqual([text, null]);
    }
  });

  it('[SDK-40] cannot be read where there is no atob, which harms nothing', () => {
    vi.stubGlobal('atob', undefined);
    expect(tokenEnd(token(HOUR))).toBeNull();
    vi.unstubAllGlobals();
  });
});

describe('renewal', () => {
  it('[SDK-40] asks for a token one to two minutes before the end, and presents it on the live socket', async () => {
    for (const [luck, leadMs] of [
      [0, 60_000],
      [0.5, 90_000],
      [0.999, 119_940],
    ] as const) {
      const { s } = await connected(token(HOUR), token(2 * HOUR));
      s.luck = luck;
      startAnew(s);
      await s.timers.advance(HOUR - leadMs - 1);
      expect(refreshes(s)).toEqual([]);
      await s.timers.advance(1);
      expect(refreshes(s)).toEqual([{ token: token(2 * HOUR) }]);
      expect(s.chat.state).toBe('online');
      s.chat.close();
      expect(s.timers.pending).toBe(0);
    }
  });

  it('[SDK-40] goes on with the token that was taken, for as long as the connection lasts', async () => {
    const { s, asked } = await connected(token(HOUR), token(2 * HOUR), token(3 * HOUR));
    await s.timers.advance(HOUR - 90_000);
    accept(s, HOUR - 90_000);
    await s.timers.advance(HOUR);
    accept(s, 2 * HOUR - 90_000);
    await s.timers.advance(HOUR / 2);
    expect(refreshes(s)).toEqual([{ token: token(2 * HOUR) }, { token: token(3 * HOUR) }]);
    expect(asked).toHaveLength(3);
    expect(s.sockets).toHaveLength(1);
    expect(s.payloads('error')).toEqual([]);
    s.chat.close();
  });

  it('[SDK-40] comes in the last fifth of a short life', async () => {
    const { s } = await connected(token(60_000), token(HOUR));
    await s.timers.advance(60_000 - 9_000 - 1);
    expect(refreshes(s)).toEqual([]);
    await s.timers.advance(1);
    expect(refreshes(s)).toHaveLength(1);
    s.chat.close();
  });

  it('[SDK-40] comes for the shortest life as well, and for one that is over not at all', async () => {
    const { s } = await connected(token(1_000), token(HOUR));
    await s.timers.advance(999);
    expect(refreshes(s)).toHaveLength(1);
    s.chat.close();
    const { s: over } = await connected(token(0), token(HOUR));
    await over.timers.advance(HOUR);
    expect(refreshes(over)).toEqual([]);
    over.chat.close();
  });

  it('[SDK-40] asks again, ever closer to the end, while it is given the token that is in use', async () => {
    const { s, asked } = await connected(token(HOUR), token(HOUR), token(HOUR), token(2 * HOUR));
    await s.timers.advance(HOUR - 60_000);
    expect([refreshes(s), asked.length]).toEqual([[], 2]);
    await s.timers.advance(33_750);
    expect([refreshes(s), asked.length]).toEqual([[{ token: token(2 * HOUR) }], 4]);
    s.chat.close();
  });

  it('[SDK-40] begins anew with each connection, and with a token that refresh has put in place', async () => {
    const { s } = await connected(token(HOUR), token(3 * HOUR), token(9 * HOUR));
    s.socket.drop();
    await s.retry();
    s.socket.open();
    welcome(s, 0);
    await s.timers.advance(2 * HOUR);
    expect(refreshes(s)).toEqual([]);
    const refreshing = s.chat.refresh(token(5 * HOUR));
    accept(s, 2 * HOUR);
    await refreshing;
    s.socket.take();
    await s.timers.advance(3 * HOUR - 90_001);
    expect(refreshes(s)).toEqual([]);
    await s.timers.advance(1);
    expect(refreshes(s)).toEqual([{ token: token(9 * HOUR) }]);
    s.chat.close();
  });

  it('[SDK-40] there is none for guests, for a fixed token, and for one that does not tell its end', async () => {
    const { s: opaque } = await connected('opaque');
    const guest = new ScriptedChat();
    await guest.online();
    const fixed = new ScriptedChat({ token: token(HOUR) });
    const connecting = fixed.chat.connect();
    await settled();
    fixed.socket.open();
    welcome(fixed, 0);
    await connecting;
    for (const s of [opaque, guest, fixed]) {
      // The heartbeat and nothing else.
      expect(s.timers.pending).toBe(1);
      s.chat.close();
    }
  });

  it('[SDK-41] a refusal for the moment, a silent server and a failing function are tried again', async () => {
    const { s } = await connected(
      token(HOUR),
      new Error('no network'),
      token(2 * HOUR),
      token(2 * HOUR),
      token(3 * HOUR),
    );
    await s.timers.advance(HOUR - 90_000);
    expect(s.payloads('error')).toMatchObject([{ code: 'unauthorized', message: /no network/ }]);
    expect(refreshes(s)).toEqual([]);
    await s.timers.advance(40_000);
    expect(refreshes(s)).toHaveLength(1);
    refuse(s, 'rate_limited');
    await s.timers.advance(25_000);
    expect(refreshes(s)).toHaveLength(1);
    // No answer: after requestTimeoutMs the connection is as good as before.
    await s.timers.advance(20_000);
    expect(refreshes(s).length).toBeGreaterThan(0);
    accept(s, HOUR - 5_000);
    expect(s.payloads('error')).toHaveLength(1);
    expect(s.chat.state).toBe('online');
    s.chat.close();
    expect(s.timers.pending).toBe(0);
  });

  it('[SDK-41] after a refusal for good it waits for 4002, and comes back with another token', async () => {
    const { s } = await connected(token(HOUR), token(2 * HOUR), token(3 * HOUR));
    await s.timers.advance(HOUR - 90_000);
    refuse(s, 'unauthorized');
    expect(s.payloads('error')).toMatchObject([{ code: 'unauthorized' }]);
    s.socket.take();
    await s.timers.advance(90_000);
    expect(refreshes(s)).toEqual([]);
    s.socket.drop(4002, 'expired');
    await s.retry();
    s.socket.open();
    expect(s.socket.sent).toMatchObject([{ type: 'hello', data: { token: token(3 * HOUR) } }]);
    s.chat.close();
  });

  it('[SDK-41] gives up in the last second, and leaves no timer', async () => {
    const { s, asked } = await connected(token(HOUR));
    await s.timers.advance(HOUR);
    expect(refreshes(s)).toEqual([]);
    expect(asked.length).toBeLessThan(20);
    expect(s.timers.pending).toBe(1);
    s.chat.close();
  });

  it('[SDK-41] what comes after the connection is gone is not sent', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    let calls = 0;
    const s = new ScriptedChat({ token: () => ((calls += 1) === 2 ? promise : token(HOUR)) });
    const connecting = s.chat.connect();
    await settled();
    s.socket.open();
    welcome(s, 0);
    await connecting;
    await s.timers.advance(HOUR - 60_000);
    s.socket.drop();
    await s.retry();
    s.socket.open();
    welcome(s, HOUR - 59_000);
    s.socket.take();
    resolve(token(2 * HOUR));
    await settled();
    expect(refreshes(s)).toEqual([]);
    s.chat.close();
  });
});

/** Puts the same token in place, so that the time of its renewal is drawn anew. */
function startAnew(s: ScriptedChat): void {
  void s.chat.refresh(token(HOUR));
  const { ref } = s.socket.last('auth:refresh');
  s.socket.deliver({ type: 'ack', ref, timestamp: START, data: {} });
  s.socket.take();
}

describe('long waits', () => {
  it('[SDK-40] are not cut short by what setTimeout can hold', () => {
    vi.useFakeTimers();
    let done = false;
    const days = 24 * HOUR;
    systemTimers.after(60 * days, () => (done = true));
    const cancel = systemTimers.after(50 * days, () => {
      throw new Error('taken back');
    });
    vi.advanceTimersByTime(49 * days);
    cancel();
    vi.advanceTimersByTime(10 * days);
    expect(done).toBe(false);
    vi.advanceTimersByTime(days + 1);
    expect(done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
