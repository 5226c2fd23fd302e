import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startHubbubServer } from '../../bench/hubbub-server.ts';
import { loadSources } from '../../bench/replay/load-sources.ts';
import { isExact, replay } from '../../bench/replay/replay.ts';
import { reportText } from '../../bench/replay/report-text.ts';

const FIXTURES = new URL('../fixtures/irc/', import.meta.url);

describe('fourteen real conversations at once', () => {
  it('[REPLAY-6] come back exactly, and were shown exactly', { timeout: 300_000 }, async () => {
    const files = readdirSync(FIXTURES).filter((name) => name.endsWith('.txt'));
    const sources = await loadSources(
      files.map((name) => fileURLToPath(new URL(name, FIXTURES))),
      'replay-',
    );
    const server = await startHubbubServer();
    try {
      const report = await replay({ url: server.url, sources, speed: Infinity, onProgress: () => undefined });
      expect(isExact(report), reportText(report)).toBe(true);
      expect(report.logs.reduce((sum, { sent }) => sum + sent, 0)).toBe(16_456);
      expect(report.deliveryLatency.count).toBe(16_456);
    } finally {
      await server.remove();
    }
  });
});
