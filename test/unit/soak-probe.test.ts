import { describe, expect, it } from 'vitest';
import { openFiles, threadCount } from '../../bench/soak/process-handles.ts';
import { measuredOf } from '../../bench/soak/server-probe.ts';
import { parseMetrics } from '../../bench/server-metrics.ts';
import { DueTimes } from '../../bench/soak/load/due-times.ts';

const METRICS = `hubbub_nodejs_heap_size_used_bytes 10485760
hubbub_nodejs_external_memory_bytes 1048576
hubbub_thread_heap_used_bytes{thread="shard-0"} 5242880
hubbub_thread_external_bytes{thread="shard-0"} 2097152
hubbub_event_loop_lag_seconds{thread="main",quantile="0.5"} 0.001
hubbub_event_loop_lag_seconds{thread="main",quantile="0.99"} 0.004
hubbub_connections{thread="gateway-0"} 3
hubbub_connections{thread="gateway-1"} 4
hubbub_actors{thread="shard-0"} 5
hubbub_actors{thread="shard-1"} 6
`;

describe('what a server tells in a soak', () => {
  it('[SOAK-1] is memory, lag and channels by thread, and all connections', () => {
    expect(
      measuredOf(parseMetrics(METRICS)).map(({ family, thread, value }) => [family, thread, value]),
    ).toEqual([
      ['heap', 'main', 10],
      ['external', 'main', 1],
      ['heap', 'shard-0', 5],
      ['external', 'shard-0', 2],
      ['lag', 'main', 4],
      ['channels', 'shard-0', 5],
      ['channels', 'shard-1', 6],
      ['connections', null, 7],
    ]);
  });

  it('[SOAK-1] must tell of connections, else it is no such server', () => {
    expect(() => measuredOf(parseMetrics('process_cpu_seconds_total 1\n'))).toThrow('no connections');
  });

  it.runIf(process.platform === 'linux')('[SOAK-1] is joined by what the process holds', () => {
    expect(openFiles(process.pid)).toBeGreaterThan(3);
    expect(threadCount(process.pid)).toBeGreaterThan(1);
    expect(() => openFiles(2 ** 22 + 1)).toThrow('ENOENT');
  });
});

describe('the times at which messages were due', () => {
  it('[SOAK-2] are kept in fixed memory: of the newest ones', () => {
    const due = new DueTimes();
    for (let i = 0; i < 70_000; i += 1) expect(due.add(i * 2)).toBe(i);
    expect(due.of(69_999)).toBe(139_998);
    expect(due.of(69_999 - 65_535)).toBe((69_999 - 65_535) * 2);
    expect(due.of(69_999 - 65_536)).toBeNull();
    expect(due.of(70_000)).toBeNull();
  });
});
