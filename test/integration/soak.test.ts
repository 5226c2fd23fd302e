/** A soak of seconds, end to end: what it says must be true before anyone believes it for hours. */
import { describe, expect, it } from 'vitest';
import { judge, reportText } from '../../bench/soak/soak-report.ts';
import { soakPicture } from '../../bench/soak/soak-picture.ts';
import { runSoak, type SoakPlan } from '../../bench/soak/soak.ts';
import type { HubbubServer } from '../../bench/hubbub-server.ts';
import { startWireServer } from '../support/wire-server.ts';

const PLAN: SoakPlan = {
  ...{ runS: 4, clients: 20, rate: 40, seed: 1, target: null },
  // Whatever is open after the first round trip is open at the end, or closed by then.
  restMs: 0,
  settleMs: 60_000,
  onReading: () => undefined,
  onServer: () => undefined,
};

describe('a soak', () => {
  it(
    '[SOAK-1] [SOAK-2] [SOAK-3] [SOAK-6] starts a server, loads it steadily, and finds its handles back where they were',
    { timeout: 180_000 },
    async () => {
      const servers: HubbubServer[] = [];
      const read: number[] = [];
      const record = await runSoak({
        ...PLAN,
        onServer: (server) => servers.push(server),
        onReading: ({ atS }, { connects }) => {
          read.push(atS);
          expect(connects).toBeGreaterThanOrEqual(PLAN.clients);
        },
      });
      const report = judge(record);
      expect(report.findings, reportText(report)).toEqual([]);
      expect(read).toHaveLength(4);
      // By the clock: visitors and those who come back in four seconds, and 40 messages a second.
      expect(record.crowd.connects).toBeGreaterThan(PLAN.clients + 25);
      expect(record.crowd.messages).toBeGreaterThan(150);
      // Each is shown to half of a channel's ten clients at least: the others may be away.
      expect(record.crowd.deliveries).toBeGreaterThan(150 * 5);
      const titles = report.figures.map(({ title }) => title);
      for (const title of [
        ...['resident memory', 'heap, main', 'heap, shard-0', 'external memory, main'],
        ...['event loop lag p99, main', 'event loop lag p99, shard-0', 'open files', 'threads'],
        ...['database connections', 'connections', 'channels in memory, shard-0', 'acknowledged p50'],
        ...['acknowledged p99', 'delivered p50', 'delivered p99'],
      ]) {
        expect(titles).toContain(title);
      }
      const back = report.figures.filter((figure) => figure.back !== null);
      expect(back.map(({ title }) => title)).toEqual([
        'open files',
        'threads',
        'database connections',
        'connections',
      ]);
      expect(soakPicture(report, 'short')).toContain('<polyline');
      // It is gone, with its data.
      expect(servers).toHaveLength(1);
      await expect(fetch(`http://127.0.0.1:${servers[0]!.port}/health`)).rejects.toThrow();
    },
  );

  it(
    '[SOAK-8] of a server that runs goes without the figures of its process',
    { timeout: 120_000 },
    async () => {
      const server = await startWireServer();
      try {
        const target = { port: server.port, token: null };
        const record = await runSoak({ ...PLAN, runS: 2, clients: 4, rate: 2, target });
        const report = judge(record);
        expect(report.findings, reportText(report)).toEqual([]);
        const titles = report.figures.map(({ title }) => title);
        expect(titles).toEqual(expect.arrayContaining(['heap, main', 'connections', 'delivered p99']));
        expect(titles).not.toContain('open files');
        expect(titles).not.toContain('resident memory');
      } finally {
        await server.end();
      }
    },
  );
});
