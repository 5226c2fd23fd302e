import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/observability/logger.ts';
import { createMetrics, tellCrashLoops } from '../../src/observability/metrics.ts';
import { redactText } from '../../src/observability/redact.ts';
import { GatewayFigures, gatewayFiguresMemory } from '../../src/threads/gateway-figures.ts';
import { Histogram } from '../../src/threads/histogram.ts';

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

function logged(write: (log: ReturnType<typeof createLogger>) => void): {
  text: string;
  line: Record<string, unknown>;
} {
  let text = '';
  const destination = { write: (chunk: string) => void (text += chunk) };
  write(createLogger({ level: 'info', destination, fields: { thread: 'main' } }));
  return { text, line: JSON.parse(text) as Record<string, unknown> };
}

describe('logs', () => {
  it('[HTTP-22] never hold secrets, however deep they came', () => {
    const { text } = logged((log) =>
      log.info(
        {
          token: JWT,
          password: 'hunter2',
          headers: { authorization: `Bearer ${JWT}`, cookie: 'session=hunter2' },
          body: { data: { guestToken: JWT, refresh_token: 'hunter2', guest_token: 'hunter2' } },
        },
        'connected',
      ),
    );
    expect(text).not.toMatch(/hunter2|eyJ/);
    expect(text.match(/\[redacted\]/g)).toHaveLength(7);
  });

  it('[HTTP-22] hold addresses without tokens', () => {
    const { line } = logged((log) =>
      log.info(
        { req: { id: 'r1', method: 'GET', url: `/ws?channelId=x&token=${JWT}#a`, headers: {} } },
        'upgrade',
      ),
    );
    expect(line['req']).toEqual({ id: 'r1', method: 'GET', url: '/ws?channelId=x&token=[redacted]#a' });
  });

  it('[HTTP-22] hold errors without tokens, with their stack', () => {
    const { text, line } = logged((log) => log.error({ err: new Error(`no: Bearer ${JWT}`) }, 'failed'));
    expect(text).not.toContain('eyJ');
    expect(line['err']).toMatchObject({ type: 'Error', message: 'no: Bearer [redacted]' });
    expect((line['err'] as { stack: string }).stack).toContain('observability.test');
    expect(line).toMatchObject({ level: 'error', thread: 'main', msg: 'failed', time: expect.any(String) });
  });

  it.each([
    ['/ws?token=abc', '/ws?token=[redacted]'],
    ['/ws?TOKEN=abc&channelId=x', '/ws?TOKEN=[redacted]&channelId=x'],
    ['/x?access_token=abc&guestToken=def', '/x?access_token=[redacted]&guestToken=[redacted]'],
    ['/x?tokens=3', '/x?tokens=3'],
    [`got ${JWT} here`, 'got [redacted] here'],
    [`key hub_${'0'.repeat(16)}_${'a'.repeat(64)}`, `key hub_${'0'.repeat(16)}_[redacted]`],
  ])('[HTTP-22] turn %s into %s', (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });
});

describe('counting', () => {
  it('[HTTP-19] puts values into buckets with inclusive bounds', () => {
    const histogram = new Histogram([1, 5]);
    for (const value of [0, 1, 1.01, 5, 6, 1_000]) histogram.observe(value);
    expect(histogram.snapshot()).toEqual({ bounds: [1, 5], counts: [2, 2, 2], sum: 1_013.01 });
  });

  it('[HTTP-19] by type and close code is bounded', () => {
    const types = ['ping', 'unknown'];
    const figures = new GatewayFigures(gatewayFiguresMemory(types), types);
    for (let i = 0; i < 5_000; i += 1) {
      figures.opened();
      figures.frame(`type ${i}`);
      figures.closed(i);
    }
    figures.frame('ping');
    const { messagesIn, closes } = figures.totals();
    expect(messagesIn).toEqual({ ping: 1, other: 5_000 });
    expect(Object.keys(closes).length).toBeLessThan(30);
    expect(Object.values(closes).reduce((sum, count) => sum + count, 0)).toBe(5_000);
  });
});

describe('crash loops', () => {
  it('[SHARD-16] are told for each thread, as they are when they are asked for', async () => {
    const metrics = createMetrics();
    let looping = false;
    tellCrashLoops(metrics, () => [
      { thread: 'shard-0', looping: false },
      { thread: 'shard-1', looping },
    ]);
    const told = async () => (await metrics.registry.metrics()).match(/hubbub_thread_crash_loop\{.*$/gm);
    const of = (thread: string, value: number) => `hubbub_thread_crash_loop{thread="${thread}"} ${value}`;
    expect(await told()).toEqual([of('shard-0', 0), of('shard-1', 0)]);
    looping = true;
    expect(await told()).toEqual([of('shard-0', 0), of('shard-1', 1)]);
  });
});
