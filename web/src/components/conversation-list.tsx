import { useMemo, useState } from 'preact/hooks';
import { byNewest, type ConversationState, type LastWhisper } from '../state/conversation.ts';
import { CONNECTING, personName } from '../state/page-state.ts';
import { useSelected } from '../state/store-context.ts';
import { harmless } from '../text/bidi-controls.ts';
import { RoomLink } from './room-link.tsx';

interface ConversationListProps {
  /** What is looked for; empty: all are shown. */
  readonly search: string;
  readonly onOpen: (key: string) => void;
}

/** So many of the newest are shown at once; those with something unread always are. */
const SHOWN = 6;
/** No more of a whisper's text than this fits below a name, UTF-16 code units. */
const PREVIEW_LENGTH = 80;

/** With whom one whispers: the newest first, and what waits to be read. */
export function ConversationList({ search, onOpen }: ConversationListProps) {
  const [all, setAll] = useState(false);
  const active = useSelected((state) => (state.screen === 'chat' ? state.active : null));
  const conversations = useSelected((state) =>
    state.screen === 'chat' ? state.conversations : CONNECTING.conversations,
  );
  const sorted = useMemo(() => byNewest(Object.values(conversations)), [conversations]);
  const wanted = search.trim().toLowerCase();
  const found = sorted.filter((one) => personName(one.with).toLowerCase().includes(wanted));
  if (found.length === 0) return null;
  const isShown = (one: ConversationState, index: number): boolean =>
    all || wanted !== '' || index < SHOWN || one.unread > 0 || one.id === active;
  const shown = found.filter(isShown);
  return (
    <>
      <h2>Whispers</h2>
      <ul data-testid="conversations">
        {shown.map((one) => (
          <li key={one.id}>
            <RoomLink
              id={one.id}
              name={one.isNotes ? `${one.with.name} (you)` : personName(one.with)}
              isChannel={false}
              {...(one.last === null ? {} : { preview: previewOf(one.last) })}
              hint=""
              joined
              unread={one.unread}
              urgent
              active={one.id === active}
              onOpen={onOpen}
            />
          </li>
        ))}
      </ul>
      {shown.length < found.length && (
        <button type="button" class="quiet" data-testid="more-conversations" onClick={() => setAll(true)}>
          Show all {found.length}
        </button>
      )}
    </>
  );
}

function previewOf({ content, own, deleted }: LastWhisper): string {
  if (deleted) return 'Deleted';
  const text = harmless(content.slice(0, PREVIEW_LENGTH).toWellFormed());
  return own ? `You: ${text}` : text;
}
