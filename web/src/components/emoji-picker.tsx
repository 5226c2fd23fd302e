import { useLayoutEffect, useRef } from 'preact/hooks';
import { EmojiGrid } from './emoji-grid.tsx';

interface EmojiPickerProps {
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}

/** Emoji beside where one writes. Escape and a click elsewhere close it. */
export function EmojiPicker({ onPick, onClose }: EmojiPickerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const search = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    dialog.current?.show();
    search.current?.focus();
    const onPress = (event: PointerEvent): void => {
      const on = event.target as Element | null;
      if (on?.closest('.emoji-picker, [data-testid=emoji]') === null) onClose();
    };
    addEventListener('pointerdown', onPress);
    return () => removeEventListener('pointerdown', onPress);
  }, []);
  return (
    <dialog
      ref={dialog}
      class="emoji-picker"
      aria-label="Emoji"
      data-testid="emoji-picker"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onClose();
      }}
    >
      <EmojiGrid onPick={onPick} search={search} />
    </dialog>
  );
}
