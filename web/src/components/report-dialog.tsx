import { useState } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';
import { Modal } from './modal.tsx';
import { QuoteLine } from './quote-line.tsx';
import { TextField } from './text-field.tsx';
import { useMessage } from './use-message.ts';
import { useOutcome } from './use-outcome.ts';

interface ReportDialogProps {
  readonly roomId: string;
  readonly id: string;
  readonly onClose: () => void;
}

const MAX_REASON_LENGTH = 500;

/** Tells the moderators of a message, and why. */
export function ReportDialog({ roomId, id, onClose }: ReportDialogProps) {
  const { acts, tell } = usePageStore();
  const message = useMessage(roomId, id);
  const [reason, setReason] = useState('');
  const { busy, outcome, run } = useOutcome('');
  const report = async (): Promise<void> => {
    const problem = await run(() => acts.report(roomId, id, reason.trim()));
    if (problem !== null) return;
    onClose();
    tell('The moderators were told.');
  };
  return (
    <Modal title="Report a message" onClose={onClose} testId="report-dialog">
      {message !== undefined && (
        <p class="quoted">
          <QuoteLine
            quote={{
              id,
              author: message.author,
              content: message.content,
              deleted: message.deleted === true,
            }}
            hidden={false}
          />
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void report();
        }}
      >
        <TextField
          label="What is wrong with it?"
          hint="Only moderators read this. They keep a copy of the message."
          value={reason}
          onValue={setReason}
          required
          autofocus
          maxLength={MAX_REASON_LENGTH}
          autoComplete="off"
          testId="report-reason"
        />
        <p class="notice" role="alert">
          {outcome}
        </p>
        <div class="modal-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            class="primary"
            type="submit"
            disabled={busy || reason.trim() === ''}
            data-testid="send-report"
          >
            Report
          </button>
        </div>
      </form>
    </Modal>
  );
}
