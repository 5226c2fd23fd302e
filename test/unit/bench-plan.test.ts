import { describe, expect, it } from 'vitest';
import { hasFailed, runBench, serversOf } from '../../bench/bench-run.ts';
import { reportText } from '../../bench/report/report.ts';
import { ALL_SCENARIOS, plannedSeconds, ROUNDS } from '../../bench/scenarios/all-scenarios.ts';
import type { Scenario, Turn } from '../../bench/scenarios/scenario.ts';

function scenario(change: Partial<Scenario> = {}): Scenario {
  return {
    names: ['made-up'],
    title: 'made up',
    servers: ['Hubbub', 'bare ws'],
    roundSeconds: 1,
    columns: [],
    targets: [],
    measure: async ({ server }) => [{ load: 'made up', server, figures: { one: 1 } }],
    ...change,
  };
}

describe('a run of the bench', () => {
  it('[BENCH-21] is planned for under twenty minutes with everything and three rounds', () => {
    expect(ROUNDS).toBeGreaterThanOrEqual(3);
    const everything = ALL_SCENARIOS.filter(({ onlyByName = false }) => !onlyByName);
    expect(plannedSeconds(everything, ROUNDS)).toBeLessThan(20 * 60);
  });

  it('[BENCH-24] what takes minutes to prepare is measured when it is asked for by name, once', async () => {
    const asked = ALL_SCENARIOS.filter(({ isOnce }) => isOnce === true);
    expect(asked.map(({ names, onlyByName }) => [names, onlyByName])).toEqual([[['activity'], true]]);
    let rounds = 0;
    const one = scenario({
      isOnce: true,
      servers: ['Hubbub'],
      measure: async () => {
        rounds += 1;
        return [];
      },
    });
    const { signal } = new AbortController();
    await runBench({ scenarios: [one], rounds: 3, quick: true, servers: null, signal }, () => undefined);
    expect([rounds, plannedSeconds([one], 3)]).toEqual([1, 1]);
  });

  it('[BENCH-21] measures ours, and every server that a promise refers to, unless it is asked for others', () => {
    const wide = scenario({ otherServers: ['Socket.IO'] });
    expect(serversOf(wide, null)).toEqual(['Hubbub', 'bare ws']);
    expect(serversOf(wide, ['Socket.IO', 'Hubbub'])).toEqual(['Hubbub', 'Socket.IO']);
    expect(serversOf(scenario(), ['Socket.IO'])).toEqual([]);
    expect(serversOf(scenario({ servers: ['Hubbub, GATEWAYS=1'] }), ['Hubbub'])).toHaveLength(1);
    for (const { servers, targets } of ALL_SCENARIOS) {
      expect(servers.some((server) => server.startsWith('Hubbub'))).toBe(true);
      expect(targets.length).toBeGreaterThan(0);
    }
  });

  it('[BENCH-21] lets servers take turns within a round', async () => {
    const turns: string[] = [];
    const measure = async ({ server }: Turn) => {
      turns.push(server);
      return [];
    };
    const scenarios = [scenario({ measure }), scenario({ measure, servers: ['Socket.IO'] })];
    const { signal } = new AbortController();
    await runBench({ scenarios, rounds: 2, quick: true, servers: null, signal }, () => undefined);
    const round = ['Hubbub', 'bare ws', 'Socket.IO'];
    expect(turns).toEqual([...round, ...round]);
  });

  it('[BENCH-20] tells what failed or can not be run as void, and goes on', async () => {
    const scenarios = [
      scenario({
        title: 'broken',
        measure: async () => Promise.reject(new Error('the server ended\nits output')),
        targets: [
          {
            row: 'broken',
            figure: 'one',
            value: (results) => results.median('broken', 'Hubbub', 'one'),
            text: String,
            must: { atMost: 1 },
          },
        ],
      }),
      scenario({ title: 'too large', obstacle: () => 'too few files here' }),
      scenario(),
    ];
    const told: string[] = [];
    const { signal } = new AbortController();
    const measured = await runBench(
      { scenarios, rounds: 1, quick: true, servers: ['Hubbub'], signal },
      (text) => told.push(text),
    );
    expect(hasFailed(measured)).toBe(true);
    expect(hasFailed(measured.slice(1))).toBe(false);
    const text = reportText(measured);
    expect(text).toContain('| broken | one | – | ≤ 1 | not measured | – | – |');
    expect(text).toContain('| broken | Hubbub | 1, 1 void: failed: the server ended |');
    expect(text).toContain('| too large | Hubbub | 1, 1 void: too few files here |');
    expect(text).toContain('| made up | Hubbub | 1 |');
    expect(told.join('')).toContain('VOID (failed: the server ended)');
  });

  it('[BENCH-20] begins no further round when it is told to stop, and tells what it has', async () => {
    const stopping = new AbortController();
    const measure = async ({ server }: Turn) => {
      stopping.abort();
      return [{ load: 'made up', server, figures: { one: 1 } }];
    };
    const plan = { scenarios: [scenario({ measure })], rounds: 3, quick: true, servers: null };
    const measured = await runBench({ ...plan, signal: stopping.signal }, () => undefined);
    expect(measured.flatMap(({ lines }) => lines)).toHaveLength(1);
  });
});
