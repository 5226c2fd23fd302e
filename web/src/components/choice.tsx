interface ChoiceProps<T extends string> {
  readonly legend: string;
  readonly name: string;
  readonly choices: readonly (readonly [T, string])[];
  /** Null: none is known to be chosen. */
  readonly value: T | null;
  readonly disabled?: boolean;
  readonly onChoose: (choice: T) => void;
}

/** One of a few. */
export function Choice<T extends string>(props: ChoiceProps<T>) {
  const { legend, name, choices, value, disabled = false, onChoose } = props;
  return (
    <fieldset class="choice" disabled={disabled}>
      <legend>{legend}</legend>
      {choices.map(([choice, label]) => (
        <label key={choice}>
          <input
            type="radio"
            name={name}
            value={choice}
            checked={choice === value}
            data-testid={`${name}-${choice}`}
            onChange={() => onChoose(choice)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
