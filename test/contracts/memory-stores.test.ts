import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryDirectory } from '../../src/storage/memory/memory-directory.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemoryRateLimitSettings } from '../../src/storage/memory/memory-rate-limit-settings.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';
import { storesContract } from './stores.ts';

storesContract('the stores in memory', async () => {
  const names = new MemoryNames();
  return {
    names,
    accounts: new MemoryAccounts(names),
    keys: new MemorySigningKeys(),
    directory: new MemoryDirectory(),
    rateLimits: new MemoryRateLimitSettings(),
    close: async () => undefined,
  };
});
