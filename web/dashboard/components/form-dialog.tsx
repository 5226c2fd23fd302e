import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Modal } from '../../src/components/modal.tsx';
import type { Answer } from '../../src/state/server-requests.ts';

interface FormDialogProps {
  readonly title: string;
  /** What the button says that does it. */
  readonly submit: string;
  readonly isReady?: boolean;
  readonly act: () => Promise<Answer<unknown>>;
  readonly onClose: () => void;
  /** It is done. */
  readonly onDone: () => void;
  readonly testId: string;
  readonly children: ComponentChildren;
}

/** Asks for what something takes, or whether one means it, and does it; a refusal is told where it was asked. */
export function FormDialog(props: FormDialogProps) {
  const { title, submit, isReady = true, act, onClose, onDone, testId, children } = props;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const answer = await act();
    setBusy(false);
    if (!answer.ok) {
      setProblem(answer.problem);
      return;
    }
    onDone();
    onClose();
  };
  return (
    <Modal title={title} onClose={onClose} testId={testId}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {children}
        <p class="notice" role="alert" data-testid="dialog-problem">
          {problem}
        </p>
        <div class="modal-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button class="primary" type="submit" disabled={busy || !isReady} data-testid="dialog-submit">
            {submit}
          </button>
        </div>
      </form>
    </Modal>
  );
}
