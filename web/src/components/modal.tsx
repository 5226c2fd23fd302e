import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface ModalProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly testId: string;
  readonly children: ComponentChildren;
}

/** A dialog over the page. The browser keeps the focus in it, closes it on Escape, and gives the focus back after. */
export function Modal({ title, onClose, testId, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const ended = useRef(false);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      ended.current = true;
      // A dialog that is only taken off the page would leave the focus nowhere.
      shown?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="modal"
      aria-labelledby={titleId}
      data-testid={testId}
      onClose={() => {
        // Closing is told a moment later, when another dialog may be there in its place.
        if (!ended.current) onClose();
      }}
      onClick={(event) => {
        // The dialog itself is hit only beside its content: on the backdrop.
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="modal-content">
        <header class="modal-header">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="quiet icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
