import { useId } from 'preact/hooks';

interface DateFieldProps {
  readonly label: string;
  /** As 2026-12-01; empty: none. */
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly testId: string;
}

/** A labelled day. */
export function DateField({ label, value, onValue, testId }: DateFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="date"
        value={value}
        data-testid={testId}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </div>
  );
}

/** When a day begins here, and `later` days after it, ms since the epoch; undefined for no day. */
export function dayStart(day: string, later = 0): number | undefined {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return undefined;
  const at = new Date(year, month - 1, date + later).getTime();
  return Number.isNaN(at) ? undefined : at;
}
