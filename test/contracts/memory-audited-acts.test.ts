import { MemoryAccounts } from '../../src/storage/memory/memory-accounts.ts';
import { MemoryAuditLog } from '../../src/storage/memory/memory-audit-log.ts';
import { MemoryDirectory } from '../../src/storage/memory/memory-directory.ts';
import { MemoryRefreshTokens } from '../../src/storage/memory/memory-refresh-tokens.ts';
import { MemorySecurity } from '../../src/storage/memory/memory-security.ts';
import { MemorySigningKeys } from '../../src/storage/memory/memory-signing-keys.ts';
import { auditedActsContract } from './audited-acts.ts';

auditedActsContract('acts of the stores in memory', async () => {
  const audit = new MemoryAuditLog();
  const security = new MemorySecurity(() => 0, audit);
  const accounts = new MemoryAccounts(undefined, security);
  return {
    ...{ audit, security, accounts },
    refreshTokens: new MemoryRefreshTokens(accounts, security),
    keys: new MemorySigningKeys(security),
    directory: new MemoryDirectory(audit),
    close: async () => undefined,
  };
});
