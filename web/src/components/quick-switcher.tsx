import { useId, useMemo, useState } from 'preact/hooks';
import { conversationKey } from '../state/conversation.ts';
import { findPeople, knownPeople } from '../state/known-people.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { Modal } from './modal.tsx';
import { useChannelSearch } from './use-channel-search.ts';

interface QuickSwitcherProps {
  readonly onClose: () => void;
  readonly onOpen: (roomId: string) => void;
}

/** What can be gone to. */
interface Destination {
  readonly id: string;
  readonly label: string;
  readonly unread: number;
  readonly go: () => void;
}

/** More of a kind than this can't be looked through: one types on instead. */
const MOST_SHOWN = 6;

/** Goes to a channel or a person by the first letters of a name (a combobox with a listbox, as ARIA's practices have it). */
export function QuickSwitcher({ onClose, onOpen }: QuickSwitcherProps) {
  const { text, setText, choices, unknown } = useChannelSearch();
  const people = usePeople(text, onClose);
  const [at, setAt] = useState(0);
  const listId = useId();
  const toChannel = (id: string, label: string, unread: number): Destination => ({
    id,
    label,
    unread,
    go: () => onOpen(id),
  });
  const options = [
    ...choices.slice(0, MOST_SHOWN).map(({ id, name, unread }) => toChannel(id, `#${name}`, unread)),
    ...people,
    ...(unknown === null ? [] : [toChannel(unknown, `Join #${unknown}`, 0)]),
  ];
  const chosen = Math.min(at, options.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    const option = options[chosen];
    if (event.key === 'Enter' && !event.isComposing && option !== undefined) {
      event.preventDefault();
      option.go();
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    setAt((chosen + step + options.length) % Math.max(1, options.length));
  };
  return (
    <Modal title="Go to a channel or a person" onClose={onClose} testId="quick-switcher">
      <input
        class="switcher-input"
        role="combobox"
        autofocus
        aria-label="Channel or person"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={chosen >= 0 ? `${listId}-${chosen}` : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        placeholder="Name of a channel or a person"
        value={text}
        data-testid="switcher-input"
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul class="options" id={listId} role="listbox" aria-label="Channels and people">
        {options.map(({ id, label, unread, go }, index) => (
          <li key={id} id={`${listId}-${index}`} role="option" aria-selected={index === chosen} onClick={go}>
            <bdi>{label}</bdi>
            {unread > 0 && <span class="unread">{unread}</span>}
          </li>
        ))}
      </ul>
      {options.length === 0 && <p class="hint">No channel and nobody whom you see here is called so.</p>}
    </Modal>
  );
}

/** People whom the page knows by what is typed; an @ before a name is left out. */
function usePeople(text: string, onClose: () => void): readonly Destination[] {
  const { conversations } = usePageStore();
  const page = useSelected((state) => (state.screen === 'chat' ? state : null));
  const people = useMemo(() => (page === null ? [] : knownPeople(page)), [page]);
  const wanted = text.trim().replace(/^@/u, '');
  return findPeople(people, wanted)
    .slice(0, MOST_SHOWN)
    .map((person) => ({
      id: conversationKey(person.id),
      label: person.name,
      unread: page?.conversations[conversationKey(person.id)]?.unread ?? 0,
      go: () => {
        onClose();
        conversations.open(person);
      },
    }));
}
