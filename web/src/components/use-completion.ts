/** Completing the word at the caret, from a list that the arrow keys go through; Tab and Enter take, Escape closes. */
import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { completionAt, type Completion, type CompletionNames } from '../state/completion.ts';

const NOTHING: Completion = { from: 0, to: 0, items: [] };

/** `names`: who may be meant; `replace` puts a text in place of a stretch of what is written. See the head of the file. */
export function useCompletion(
  area: RefObject<HTMLTextAreaElement | null>,
  names: () => CompletionNames,
  replace: (from: number, to: number, insert: string) => void,
) {
  const [completion, setCompletion] = useState(NOTHING);
  const [chosen, setChosen] = useState(0);
  const { items, from, to } = completion;
  const close = (): void => setCompletion(NOTHING);
  const take = (index: number): void => {
    const item = items[index];
    close();
    if (item !== undefined) replace(from, to, item.insert);
  };
  return {
    items,
    chosen,
    take,
    close,
    /** Looks what can complete the text as it is now. */
    look: (): void => {
      const { value = '', selectionStart = 0, selectionEnd = 0 } = area.current ?? {};
      setChosen(0);
      setCompletion(
        (selectionStart === selectionEnd ? completionAt(value, selectionStart, names()) : null) ?? NOTHING,
      );
    },
    /** Whether the key was one for the list. */
    onKeyDown: (event: KeyboardEvent): boolean => {
      if (items.length === 0 || event.isComposing || event.altKey) return false;
      switch (event.key) {
        case 'ArrowDown':
          setChosen((chosen + 1) % items.length);
          break;
        case 'ArrowUp':
          setChosen((chosen + items.length - 1) % items.length);
          break;
        case 'Tab':
        case 'Enter':
          if (event.shiftKey) return false;
          take(chosen);
          break;
        case 'Escape':
          close();
          break;
        case 'ArrowLeft':
        case 'ArrowRight':
        case 'Home':
        case 'End':
          close();
          return false;
        default:
          return false;
      }
      event.preventDefault();
      return true;
    },
  };
}
