import { useState } from 'preact/hooks';
import { PagedTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { RowButton } from '../components/row-button.tsx';
import { Time, Words } from '../components/words.tsx';
import type { MessageRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { usePages } from '../state/use-load.ts';

/** What a user wrote, as far as whoever looks may read it. */
export function UserMessages({ userId }: { readonly userId: string }) {
  const api = useApi();
  const messages = usePages<MessageRow>(`users/${encodeURIComponent(userId)}/messages`, {}, 'cursor');
  const [removed, setRemoved] = useState<MessageRow | null>(null);
  return (
    <section class="section" aria-label="Messages">
      <h2>Messages</h2>
      <PagedTable
        label="Messages"
        testId="messages"
        pages={messages}
        empty="None that can be read."
        keyOf={({ data }) => data.id}
        columns={[
          { head: 'When', cell: ({ timestamp: at }) => <Time at={at} /> },
          { head: 'Where', cell: ({ channel_id: channel }) => channel },
          { head: 'What', cell: ({ data }) => <Words text={data.content} /> },
          {
            head: 'Acts',
            cell: (message) => (
              <RowButton
                testId="delete-message"
                about={message.data.content ?? message.data.id}
                act={() => setRemoved(message)}
              >
                Delete
              </RowButton>
            ),
          },
        ]}
      />
      {removed !== null && (
        <FormDialog
          title="Delete the message"
          submit="Delete"
          testId="delete-message-dialog"
          act={() => api.send('DELETE', 'messages', { body: { ids: [removed.data.id] } })}
          onClose={() => setRemoved(null)}
          onDone={messages.reload}
        >
          <p>
            <Words text={removed.data.content} />
          </p>
          <p>Its text goes for good, for everyone.</p>
        </FormDialog>
      )}
    </section>
  );
}
