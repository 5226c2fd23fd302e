import { describe, expect, it } from 'vitest';
import { heapLimitMb } from '../../src/threads/heap-limit.ts';

const GB = 1024 ** 3;

describe('heap limits', () => {
  it('[SHARD-15] share half of the memory among all threads, 512 MB each at least and 2 GB at most', () => {
    expect(heapLimitMb(4, 8 * GB)).toBe(1_024);
    expect(heapLimitMb(3, 8 * GB)).toBe(1_365);
    expect(heapLimitMb(1, 64 * GB)).toBe(2_048);
    expect(heapLimitMb(8, 2 * GB)).toBe(512);
  });
});
