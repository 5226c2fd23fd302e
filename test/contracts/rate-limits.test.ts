import { SharedRateLimiter } from '../../src/cache/shared-rate-limiter.ts';
import { rateLimitsContract } from './rate-limits.ts';

rateLimitsContract('in memory that threads share', async () => {
  const one = SharedRateLimiter.create(1_024, 7);
  return {
    one,
    two: SharedRateLimiter.attach(one.buffer),
    agreed: async () => undefined,
    close: async () => undefined,
  };
});
