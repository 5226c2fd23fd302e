import { useId } from 'preact/hooks';

interface LinesFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly testId: string;
}

const ROWS = 3;

/** A labelled field of several lines, with a hint below. */
export function LinesField({ label, hint, value, onValue, testId }: LinesFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={ROWS}
        value={value}
        data-testid={testId}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
