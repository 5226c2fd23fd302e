import { useId } from 'preact/hooks';

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  /** Values with what they are called. */
  readonly choices: readonly (readonly [string, string])[];
  readonly onValue: (value: string) => void;
  readonly testId: string;
}

/** A labelled list of which one is chosen. */
export function SelectField({ label, value, choices, onValue, testId }: SelectFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        data-testid={testId}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {choices.map(([choice, name]) => (
          <option key={choice} value={choice}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
