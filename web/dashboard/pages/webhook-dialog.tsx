import { useState } from 'preact/hooks';
import { CheckField } from '../../src/components/check-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { LinesField } from '../components/lines-field.tsx';
import type { WebhookRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';

interface WebhookDialogProps {
  /** Null: a new one. */
  readonly hook: WebhookRow | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
  /** What a new one signs with. */
  readonly onSecret: (secret: string) => void;
}

const MAX_URL = 2_048;

/** Makes or changes a webhook. */
export function WebhookDialog({ hook, onSecret, ...dialog }: WebhookDialogProps) {
  const api = useApi();
  const [url, setUrl] = useState(hook?.url ?? '');
  const [events, setEvents] = useState(hook?.events.join('\n') ?? 'message:*');
  const [enabled, setEnabled] = useState(hook?.enabled ?? true);
  const named = events
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const body = { url: url.trim(), events: named, enabled };
  const save = async () => {
    if (hook !== null) return api.send('PATCH', `webhooks/${encodeURIComponent(hook.id)}`, { body });
    const made = await api.send<{ readonly secret: string }>('POST', 'webhooks', { body });
    if (made.ok) onSecret(made.value.secret);
    return made;
  };
  return (
    <FormDialog
      title={hook === null ? 'New webhook' : 'Change the webhook'}
      submit="Save"
      testId="hook-dialog"
      isReady={url.trim() !== '' && named.length > 0}
      act={save}
      {...dialog}
    >
      <TextField
        label="Address"
        value={url}
        onValue={setUrl}
        maxLength={MAX_URL}
        required
        autofocus
        inputMode="url"
        autoComplete="off"
        testId="hook-url"
      />
      <LinesField
        label="Events, one a line"
        hint="message:created, report:created, act:user:banned …, or their beginnings with :* behind, or * for all."
        value={events}
        onValue={setEvents}
        testId="hook-events"
      />
      <CheckField label="It is told" checked={enabled} onChecked={setEnabled} testId="hook-enabled" />
    </FormDialog>
  );
}
