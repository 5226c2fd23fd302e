import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryAuditLog } from '../../src/storage/memory/memory-audit-log.ts';
import { MemoryDirectory } from '../../src/storage/memory/memory-directory.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemoryRateLimitSettings } from '../../src/storage/memory/memory-rate-limit-settings.ts';
import { MemoryServerName } from '../../src/storage/memory/memory-server-name.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';
import { MOST_CHANNEL_LIMITS, storesContract } from './stores.ts';

storesContract('the stores in memory', async () => {
  const names = new MemoryNames();
  const audit = new MemoryAuditLog();
  return {
    names,
    accounts: new MemoryAccounts(names),
    keys: new MemorySigningKeys(),
    directory: new MemoryDirectory(),
    rateLimits: new MemoryRateLimitSettings(audit, MOST_CHANNEL_LIMITS),
    serverName: new MemoryServerName(audit),
    audit,
    close: async () => undefined,
  };
});
