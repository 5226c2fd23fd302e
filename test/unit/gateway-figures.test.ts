import { describe, expect, it } from 'vitest';
import { GatewayFigures, gatewayFiguresMemory } from '../../src/threads/gateway-figures.ts';

const TYPES = ['ping', 'message:send', 'unknown'];

describe('figures of a gateway', () => {
  it('[GATE-13] are read while they are written, by name', () => {
    const memory = gatewayFiguresMemory(TYPES);
    const [written, read] = [new GatewayFigures(memory, TYPES), new GatewayFigures(memory, TYPES)];
    const nothing = { messagesIn: {}, messagesOut: {}, closes: {}, decisions: {} };
    expect(read.totals()).toEqual({ connections: 0, ...nothing });
    for (let n = 0; n < 3; n += 1) written.opened();
    for (const type of ['ping', 'ping', 'unknown', 'made-up']) written.frame(type);
    written.sent('event', 100);
    written.sent('answer', 1);
    for (const code of [1000, 4999]) written.closed(code);
    written.watching(3);
    written.decided('may-publish', 'away');
    expect(read.totals()).toEqual({
      connections: 1,
      messagesIn: { ping: 2, unknown: 1, other: 1 },
      messagesOut: { event: 100, answer: 1 },
      closes: { 1000: 1, other: 1 },
      decisions: { 'may-publish away': 1 },
    });
    expect(read.watchers).toBe(3);
  });

  it('[GATE-13] [GATE-9] go on where a dead predecessor’s ended, whose connections broke', () => {
    const memory = gatewayFiguresMemory(TYPES);
    const dead = new GatewayFigures(memory, TYPES);
    expect([dead.opened(), dead.opened(), dead.opened()]).toEqual([1, 2, 3]);
    dead.frame('ping');
    dead.closed(1000);
    const main = new GatewayFigures(memory, TYPES);
    main.threadEnded();
    expect(main.totals()).toMatchObject({ connections: 0, closes: { 1000: 1, 1006: 2 } });
    main.threadEnded();
    expect(main.totals().closes).toEqual({ 1000: 1, 1006: 2 });
    const successor = new GatewayFigures(memory, TYPES);
    expect(successor.opened()).toBe(4);
    successor.frame('ping');
    expect(main.totals()).toMatchObject({ connections: 1, messagesIn: { ping: 2 } });
  });

  it('[GATE-9] numbers stay within 32 bits', () => {
    const memory = gatewayFiguresMemory(TYPES);
    new Float64Array(memory)[0] = 2 ** 32 - 2;
    const figures = new GatewayFigures(memory, TYPES);
    expect([figures.opened(), figures.opened(), figures.opened()]).toEqual([2 ** 32 - 1, 0, 1]);
  });
});
