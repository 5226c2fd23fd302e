import type { ComponentChildren } from 'preact';

interface RowButtonProps {
  readonly testId: string;
  /** What it is about, for those who don't see the row. */
  readonly about: string;
  readonly act: () => void;
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

/** What can be done with a row. */
export function RowButton({ testId, about, act, disabled = false, children }: RowButtonProps) {
  return (
    <button class="quiet" type="button" data-testid={testId} disabled={disabled} onClick={act}>
      {children}
      <span class="visually-hidden"> {about}</span>
    </button>
  );
}
