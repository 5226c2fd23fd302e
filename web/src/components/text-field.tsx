import type { InputHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';

type InputAttribute = 'autofocus' | 'required' | 'minLength' | 'maxLength' | 'autoComplete' | 'inputMode';

/** What a field needs; the attributes of the input go to it as they are. */
export type TextFieldProps = Pick<InputHTMLAttributes, InputAttribute> & {
  readonly label: string;
  readonly hint?: string;
  /** Whether nobody may read over one's shoulder. */
  readonly secret?: boolean;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly testId: string;
};

/** A labelled input with a hint below. */
export function TextField(props: TextFieldProps) {
  const { label, hint, secret = false, onValue, testId, ...attributes } = props;
  const id = useId();
  const input = {
    ...attributes,
    id,
    'data-testid': testId,
    'aria-describedby': `${id}-hint`,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => onValue(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {secret ? <input {...input} type="password" /> : <input {...input} type="text" />}
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
