import { AddressLimiter } from '../../src/cache/address-limiter.ts';
import { SharedAddressLimiter } from '../../src/cache/shared-address-limiter.ts';
import { addressLimitsContract } from './address-limits.ts';

addressLimitsContract('by one thread', (most) => new AddressLimiter(most));
addressLimitsContract(
  'in shared memory',
  (most) => new SharedAddressLimiter(SharedAddressLimiter.memory(0x1234_5678), 1, most),
);
