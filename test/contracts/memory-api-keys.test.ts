import { MemoryApiKeys } from '../../src/storage/memory/memory-api-keys.ts';
import { MemoryAuditLog } from '../../src/storage/memory/memory-audit-log.ts';
import { apiKeysContract } from './api-keys.ts';

apiKeysContract('API keys in memory', async () => {
  const audit = new MemoryAuditLog();
  return { keys: new MemoryApiKeys(audit), audit, close: async () => undefined };
});
