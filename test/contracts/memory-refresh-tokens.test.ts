import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryRefreshTokens } from '../../src/storage/memory/memory-refresh-tokens.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { refreshTokensContract } from './refresh-tokens.ts';

refreshTokensContract('refresh tokens in memory', async () => {
  const security = new MemorySecurity();
  const accounts = new MemoryAccounts(undefined, security);
  const refreshTokens = new MemoryRefreshTokens(accounts, security);
  return {
    accounts,
    refreshTokens,
    security,
    size: async () => refreshTokens.size,
    close: async () => undefined,
  };
});
