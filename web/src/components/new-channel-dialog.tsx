import { useState } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';
import { Modal } from './modal.tsx';
import { TextField } from './text-field.tsx';

interface NewChannelDialogProps {
  readonly onClose: () => void;
  readonly onMade: (channelId: string) => void;
}

const MAX_NAME_LENGTH = 64;
const MAX_TOPIC_LENGTH = 500;

/** Makes a channel. Whether one may is the server's to say; its refusal is shown. */
export function NewChannelDialog({ onClose, onMade }: NewChannelDialogProps) {
  const { directory } = usePageStore();
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const make = async (): Promise<void> => {
    setBusy(true);
    const made = await directory.create({ name: name.trim(), topic: topic.trim() });
    setBusy(false);
    if (made.ok) onMade(made.value);
    else setProblem(made.problem);
  };
  return (
    <Modal title="New channel" onClose={onClose} testId="new-channel-dialog">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <TextField
          label="Name"
          hint="Everyone on this server can find and join it."
          value={name}
          onValue={setName}
          required
          autofocus
          maxLength={MAX_NAME_LENGTH}
          autoComplete="off"
          testId="channel-name"
        />
        <TextField
          label="Topic (optional)"
          value={topic}
          onValue={setTopic}
          maxLength={MAX_TOPIC_LENGTH}
          autoComplete="off"
          testId="channel-topic"
        />
        <p class="notice" role="alert" data-testid="channel-problem">
          {problem}
        </p>
        <div class="modal-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            class="primary"
            type="submit"
            disabled={busy || name.trim() === ''}
            data-testid="make-channel"
          >
            Create channel
          </button>
        </div>
      </form>
    </Modal>
  );
}
