import { useState } from 'preact/hooks';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import { SecretDialog } from '../components/secret-dialog.tsx';
import { PersonLink, Words } from '../components/words.tsx';
import type { Listed, WebhookRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { useLoad } from '../state/use-load.ts';
import type { PageProps } from './pages.tsx';
import { WebhookDeliveries } from './webhook-deliveries.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';

/** Addresses that are told of events; one of them with what it was told. */
export function WebhooksPage({ rest: [hookId] }: PageProps) {
  const api = useApi();
  const hooks = useLoad('webhooks', () => api.get<Listed<WebhookRow>>('webhooks'));
  const [edited, setEdited] = useState<WebhookRow | 'new' | null>(null);
  const [removed, setRemoved] = useState<WebhookRow | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  if (hookId !== undefined) return <WebhookDeliveries hookId={hookId} />;
  return (
    <>
      <div class="bar">
        <button class="primary" type="button" data-testid="new-hook" onClick={() => setEdited('new')}>
          New webhook
        </button>
      </div>
      <Loaded load={hooks} empty={({ items }) => (items.length === 0 ? 'Nobody is told of events.' : null)}>
        {({ items }) => (
          <DataTable
            label="Webhooks"
            testId="hooks"
            items={items}
            keyOf={({ id }) => id}
            columns={[
              { head: 'Address', cell: ({ url }) => <Words text={url} /> },
              { head: 'Of', cell: ({ events }) => events.join(', ') },
              {
                head: 'State',
                cell: ({ enabled }) =>
                  enabled ? <strong class="good">on</strong> : <span class="tag">off</span>,
              },
              { head: 'By', cell: ({ created_by: by }) => <PersonLink person={by} /> },
              {
                head: 'Acts',
                cell: (hook) => (
                  <div class="acts">
                    <RowButton testId="edit" about={hook.url} act={() => setEdited(hook)}>
                      Change
                    </RowButton>
                    <RowButton
                      testId="deliveries"
                      about={hook.url}
                      act={() => {
                        location.hash = linkTo('webhooks', hook.id);
                      }}
                    >
                      What it was told
                    </RowButton>
                    <RowButton testId="remove" about={hook.url} act={() => setRemoved(hook)}>
                      Take away
                    </RowButton>
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {edited !== null && (
        <WebhookDialog
          hook={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onDone={hooks.reload}
          onSecret={setSecret}
        />
      )}
      {secret !== null && (
        <SecretDialog title="What it signs with" secret={secret} onClose={() => setSecret(null)} />
      )}
      {removed !== null && (
        <FormDialog
          title="Take the webhook away"
          submit="Take it away"
          testId="remove-hook-dialog"
          act={() => api.send('DELETE', `webhooks/${encodeURIComponent(removed.id)}`)}
          onClose={() => setRemoved(null)}
          onDone={hooks.reload}
        >
          <p>
            <Words text={removed.url} /> is told nothing any more, and what waits for it is dropped.
          </p>
        </FormDialog>
      )}
    </>
  );
}
