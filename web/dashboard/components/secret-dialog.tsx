import { Modal } from '../../src/components/modal.tsx';

interface SecretDialogProps {
  readonly title: string;
  readonly secret: string;
  readonly onClose: () => void;
}

/** What the server tells once. */
export function SecretDialog({ title, secret, onClose }: SecretDialogProps) {
  return (
    <Modal title={title} onClose={onClose} testId="secret-dialog">
      <p>It is shown this once: whoever needs it copies it now.</p>
      <p>
        <code class="words" data-testid="secret">
          {secret}
        </code>
      </p>
      <div class="modal-actions">
        <button class="primary" type="button" data-testid="secret-copied" onClick={onClose}>
          I have it
        </button>
      </div>
    </Modal>
  );
}
