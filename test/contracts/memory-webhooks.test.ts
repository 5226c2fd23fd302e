import { randomUUID } from 'node:crypto';
import { MemoryAuditLog } from '../../src/storage/memory/memory-audit-log.ts';
import { MemoryWebhooks } from '../../src/storage/memory/memory-webhooks.ts';
import { webhooksContract } from './webhooks.ts';

webhooksContract('webhooks in memory', async () => {
  const audit = new MemoryAuditLog();
  const hooks = new MemoryWebhooks(audit);
  let seq = 0;
  return {
    ...{ hooks, audit },
    add: async (type, timestamp) => {
      const id = randomUUID();
      seq += 1;
      hooks.add({ channelId: 'general', id, seq, timestamp, type, data: '{"content":"🙂"}' });
      return id;
    },
    close: async () => undefined,
  };
});
