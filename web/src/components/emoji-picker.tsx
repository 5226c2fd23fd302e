import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { findEmoji } from '../state/find-emoji.ts';

interface EmojiPickerProps {
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}

/** Emoji by their names. Arrow keys lead through the grid, Escape and a click elsewhere close it. */
export function EmojiPicker({ onPick, onClose }: EmojiPickerProps) {
  const [text, setText] = useState('');
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    dialog.current?.show();
    dialog.current?.querySelector('input')?.focus();
    const onPress = (event: PointerEvent): void => {
      const on = event.target as Element | null;
      if (on?.closest('.emoji-picker, [data-testid=emoji]') === null) onClose();
    };
    addEventListener('pointerdown', onPress);
    return () => removeEventListener('pointerdown', onPress);
  }, []);
  const found = findEmoji(text.trim().replaceAll(' ', '_'));
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.preventDefault();
      onClose();
    } else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      const [first] = found;
      if (first !== undefined) onPick(first.emoji);
    } else if (dialog.current !== null && moveInGrid(dialog.current, event.key)) {
      event.preventDefault();
    }
  };
  return (
    <dialog
      ref={dialog}
      class="emoji-picker"
      aria-label="Emoji"
      data-testid="emoji-picker"
      onKeyDown={onKeyDown}
    >
      <input
        type="search"
        aria-label="Find an emoji"
        placeholder="Find an emoji…"
        autoComplete="off"
        value={text}
        data-testid="emoji-search"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="emoji-grid">
        {found.map(({ emoji, names: [name = ''] }) => (
          <button
            key={name}
            type="button"
            class="quiet"
            aria-label={name.replaceAll('_', ' ')}
            title={`:${name}:`}
            onClick={() => onPick(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      {found.length === 0 && <p class="hint">No emoji is called so.</p>}
    </dialog>
  );
}

/** Whether `key` led to another emoji: sideways by one, up and down by a row as it is drawn. */
function moveInGrid(dialog: HTMLElement, key: string): boolean {
  const input = dialog.querySelector('input');
  const buttons = [...dialog.querySelectorAll<HTMLElement>('.emoji-grid button')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  if (at === -1) {
    if (key !== 'ArrowDown') return false;
    buttons[0]?.focus();
    return true;
  }
  const top = buttons[0]?.offsetTop;
  const columns = Math.max(1, buttons.filter((button) => button.offsetTop === top).length);
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
  };
  const step = steps[key];
  if (step === undefined) return false;
  if (at + step < 0) input?.focus();
  else (buttons[at + step] ?? buttons.at(-1))?.focus();
  return true;
}
