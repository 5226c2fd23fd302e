import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { findEmoji } from '../state/find-emoji.ts';

interface EmojiGridProps {
  readonly onPick: (emoji: string) => void;
  /** The input where one looks for an emoji. */
  readonly search: RefObject<HTMLInputElement | null>;
}

/** Emoji by their names. Arrow keys lead through the grid, Enter takes the first that was found. */
export function EmojiGrid({ onPick, search }: EmojiGridProps) {
  const [text, setText] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const found = findEmoji(text.trim().replaceAll(' ', '_'));
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      const [first] = found;
      if (first !== undefined) onPick(first.emoji);
    } else if (box.current !== null && moveInGrid(box.current, event.key)) {
      event.preventDefault();
    }
  };
  return (
    <div ref={box} onKeyDown={onKeyDown}>
      <input
        ref={search}
        class="emoji-search"
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
    </div>
  );
}

/** Whether `key` led to another emoji: sideways by one, up and down by a row as it is drawn. */
function moveInGrid(box: HTMLElement, key: string): boolean {
  const input = box.querySelector('input');
  const buttons = [...box.querySelectorAll<HTMLElement>('.emoji-grid button')];
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
