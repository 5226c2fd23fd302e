import { randomUUID } from 'node:crypto';
import { PostgresAuditLog } from '../../src/storage/postgres-audit-log.ts';
import { PostgresWebhooks } from '../../src/storage/postgres-webhooks.ts';
import { openDatabase } from './postgres-database.ts';
import { webhooksContract } from './webhooks.ts';

const ADD = `
  with moved as (
    insert into logs as l (key, epoch, head) values ('channel:general', 'e', 1)
    on conflict (key) do update set head = l.head + 1 returning id, head
  )
  insert into events (log_id, seq, id, type, sender, timestamp, data)
  select id, head, $1, $2, 'u1', $3, '{"content":"🙂"}' from moved`;

webhooksContract('webhooks in PostgreSQL', async () => {
  const { database, close } = await openDatabase();
  return {
    ...{ hooks: new PostgresWebhooks(database), audit: new PostgresAuditLog(database), close },
    add: async (type, timestamp) => {
      const id = randomUUID();
      const added = await database.query(ADD, [id, type, timestamp]);
      if (!added.ok) throw new Error(added.failure.message);
      return id;
    },
  };
});
