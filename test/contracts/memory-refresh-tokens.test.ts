import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryRefreshTokens } from '../../src/storage/memory/memory-refresh-tokens.ts';
import { refreshTokensContract } from './refresh-tokens.ts';

refreshTokensContract('refresh tokens in memory', async () => {
  const accounts = new MemoryAccounts();
  const refreshTokens = new MemoryRefreshTokens(accounts);
  return {
    accounts,
    refreshTokens,
    setRoles: async (id, roles) => {
      accounts.setRoles(id, roles);
    },
    size: async () => refreshTokens.size,
    close: async () => undefined,
  };
});
