import type { CompletionItem } from '../state/completion.ts';

interface CompletionListProps {
  readonly id: string;
  readonly items: readonly CompletionItem[];
  readonly chosen: number;
  readonly take: (index: number) => void;
}

/** What can complete the word being written; the focus stays where one writes. */
export function CompletionList({ id, items, chosen, take }: CompletionListProps) {
  return (
    <ul class="options completion" id={id} role="listbox" aria-label="Completions" data-testid="completion">
      {items.map(({ label, insert, hint }, index) => (
        <li
          key={insert}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === chosen}
          // Before the input loses the focus, and with it the list.
          onPointerDown={(event) => {
            event.preventDefault();
            take(index);
          }}
        >
          <bdi>{label}</bdi>
          {hint !== undefined && <span class="hint">{hint}</span>}
        </li>
      ))}
    </ul>
  );
}
