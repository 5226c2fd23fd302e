import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryRefreshTokens } from '../../src/storage/memory/memory-refresh-tokens.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { sanctionContract } from './sanctions.ts';
import { securityContract } from './security.ts';

securityContract('security in memory', async () => {
  const accounts = new MemoryAccounts();
  const refreshTokens = new MemoryRefreshTokens(accounts);
  const security = new MemorySecurity((accountId) => refreshTokens.endAll(accountId));
  return { accounts, refreshTokens, security, close: async () => undefined };
});

sanctionContract('bans and mutes in memory', async () => {
  const security = new MemorySecurity();
  return { security, sanctions: security.sanctions, audit: security.audit, close: async () => undefined };
});
