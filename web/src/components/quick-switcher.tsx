import { useId, useState } from 'preact/hooks';
import { Modal } from './modal.tsx';
import { useChannelSearch } from './use-channel-search.ts';

interface QuickSwitcherProps {
  readonly onClose: () => void;
  readonly onOpen: (channelId: string) => void;
}

/** More than this can't be looked through: one types on instead. */
const MOST_SHOWN = 8;

/** Goes to a channel by the first letters of its name (a combobox with a listbox, as ARIA's practices have it). */
export function QuickSwitcher({ onClose, onOpen }: QuickSwitcherProps) {
  const { text, setText, choices, unknown } = useChannelSearch();
  const [at, setAt] = useState(0);
  const listId = useId();
  const options = [
    ...choices.slice(0, MOST_SHOWN).map(({ id, name, unread }) => ({ id, name, unread, label: `#${name}` })),
    ...(unknown === null ? [] : [{ id: unknown, name: unknown, unread: 0, label: `Join #${unknown}` }]),
  ];
  const chosen = Math.min(at, options.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    const option = options[chosen];
    if (event.key === 'Enter' && !event.isComposing && option !== undefined) {
      event.preventDefault();
      onOpen(option.id);
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    setAt((chosen + step + options.length) % Math.max(1, options.length));
  };
  return (
    <Modal title="Go to a channel" onClose={onClose} testId="quick-switcher">
      <input
        class="switcher-input"
        role="combobox"
        autofocus
        aria-label="Channel"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={chosen >= 0 ? `${listId}-${chosen}` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        placeholder="Name of a channel"
        value={text}
        data-testid="switcher-input"
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul class="options" id={listId} role="listbox" aria-label="Channels">
        {options.map(({ id, label, unread }, index) => (
          <li
            key={label}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => onOpen(id)}
          >
            <bdi>{label}</bdi>
            {unread > 0 && <span class="unread">{unread}</span>}
          </li>
        ))}
      </ul>
      {options.length === 0 && <p class="hint">No channel is called so.</p>}
    </Modal>
  );
}
