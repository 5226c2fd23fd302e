import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryNames } from '../../src/storage/memory/memory-names.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';
import { accountChangesContract } from './account-changes.ts';
import { signingKeysContract } from './signing-keys.ts';

accountChangesContract('accounts that change, in memory', async () => {
  const [names, security] = [new MemoryNames(), new MemorySecurity()];
  return { names, security, accounts: new MemoryAccounts(names, security), close: async () => undefined };
});

signingKeysContract('signing keys in memory', async () => {
  const security = new MemorySecurity();
  return { security, keys: new MemorySigningKeys(security), close: async () => undefined };
});
