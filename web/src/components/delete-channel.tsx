import { useState } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';
import { CheckField } from './check-field.tsx';
import { useOutcome } from './use-outcome.ts';

interface DeleteChannelProps {
  readonly channelId: string;
  readonly onDeleted: () => void;
}

/** Deletes a channel, after a second thought. */
export function DeleteChannel({ channelId, onDeleted }: DeleteChannelProps) {
  const { moderation } = usePageStore();
  const [asked, setAsked] = useState(false);
  const [purge, setPurge] = useState(false);
  const { busy, outcome, run } = useOutcome('Deleted.');
  const remove = async (): Promise<void> => {
    const problem = await run(() => moderation.deleteChannel(channelId, purge));
    if (problem === null) onDeleted();
  };
  if (!asked) {
    return (
      <div class="modal-actions">
        <button type="button" data-testid="delete-channel" onClick={() => setAsked(true)}>
          Delete channel…
        </button>
      </div>
    );
  }
  return (
    <form
      class="account-form"
      data-testid="delete-channel-form"
      onSubmit={(event) => {
        event.preventDefault();
        void remove();
      }}
    >
      <p>
        {purge
          ? `Everything that was written in #${channelId} goes, for good.`
          : `#${channelId} goes for everyone. Moderators of the server can bring it back.`}
      </p>
      <CheckField
        label="Delete all messages for good too"
        checked={purge}
        onChecked={setPurge}
        testId="delete-channel-purge"
      />
      <div class="modal-actions">
        <button type="button" onClick={() => setAsked(false)}>
          Keep it
        </button>
        <button class="primary" type="submit" disabled={busy} data-testid="delete-channel-confirm">
          Delete for everyone
        </button>
      </div>
      <p class="hint" role="status">
        {outcome}
      </p>
    </form>
  );
}
