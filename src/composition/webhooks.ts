/** Webhooks: what administrators do to them, and the bringing of events. */
import { randomBytes, randomUUID } from 'node:crypto';
import { postSigned } from '../admin/webhooks/post-signed.ts';
import { WebhookAdmin } from '../admin/webhooks/webhook-admin.ts';
import { WebhookCourier } from '../admin/webhooks/webhook-courier.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Database } from '../storage/database.ts';
import { PostgresWebhooks } from '../storage/postgres-webhooks.ts';

/** Nothing is brought before the courier is started. */
export function buildWebhooks(
  database: Database,
  { webhookPrivateAddresses: allowsPrivate }: Pick<Config, 'webhookPrivateAddresses'>,
  metrics: Pick<Metrics, 'webhookTries'>,
  logger: Logger,
): { readonly admin: WebhookAdmin; readonly courier: WebhookCourier } {
  const store = new PostgresWebhooks(database);
  const now = (): number => Date.now();
  return {
    admin: new WebhookAdmin({
      ...{ store, allowsPrivate, now },
      newId: () => randomUUID(),
      random: (bytes) => randomBytes(bytes),
    }),
    courier: new WebhookCourier({
      ...{ store, allowsPrivate, now, logger },
      post: async (post) => postSigned(post),
      random: Math.random,
      counted: (outcome) => {
        metrics.webhookTries.inc({ outcome });
      },
    }),
  };
}
