import type { CompletionNames } from '../state/completion.ts';
import type { ConversationState } from '../state/conversation.ts';
import { knownPeople } from '../state/known-people.ts';
import { isBlocked, roomTitle, type Room } from '../state/page-state.ts';
import type { PageStore } from '../state/page-store.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { whisperCommand } from '../state/whisper-command.ts';
import { Composer } from './composer.tsx';
import { EditComposer } from './edit-composer.tsx';

/** Where one writes in a room: a new message, another text for an old one, or why nothing. */
export function RoomComposer({ room }: { readonly room: Room }) {
  const blocked = useSelected((state) => room.kind === 'conversation' && isBlocked(state, room.with.id));
  if (room.kind === 'conversation' && blocked) return <Blocked conversation={room} />;
  return room.editing === null ? <NewMessage room={room} /> : <EditComposer room={room} id={room.editing} />;
}

function NewMessage({ room }: { readonly room: Room }) {
  const store = usePageStore();
  const title = useSelected((state) => roomTitle(state, room));
  const isChannel = room.kind === 'channel';
  return (
    <Composer
      label={isChannel ? `Message to ${title}` : `Whisper to ${title}`}
      placeholder={isChannel ? `Message ${title}` : `Whisper to ${title}`}
      initial={store.writing.draft(room.id)}
      names={() => namesIn(store, room.id)}
      mayCut
      onChange={(text) => store.writing.setDraft(room.id, text)}
      onLeave={() => store.writing.stopTyping(room.id)}
      onSend={async (pieces) => {
        const command = pieces.length === 1 ? whisperCommand(pieces[0] ?? '') : null;
        if (command !== null) return store.conversations.whisper(command);
        for (const piece of pieces) void store.messages.send(room.id, piece);
        return null;
      }}
      onKey={(event, isEmpty) => {
        // With Alt it leads to the next room.
        if (event.key !== 'ArrowUp' || event.altKey || !isEmpty) return;
        event.preventDefault();
        store.changes.editLast(room.id);
      }}
    />
  );
}

/** Nobody writes to whom they have blocked: an answer could not come. */
function Blocked({ conversation }: { readonly conversation: ConversationState }) {
  const { privacy } = usePageStore();
  const title = useSelected((state) => roomTitle(state, conversation));
  return (
    <p class="composer blocked" data-testid="blocked-note">
      <span>
        You have blocked <bdi>{title}</bdi>.
      </span>
      <button
        type="button"
        data-testid="unblock-here"
        onClick={() => void privacy.unblock(conversation.with)}
      >
        Unblock
      </button>
    </p>
  );
}

/** Whom one may mean: behind an @ who is here, behind `/w` everyone whom the page knows. */
export function namesIn(store: PageStore, roomId: string): CompletionNames {
  const { state } = store;
  if (state.screen !== 'chat') return { mentioned: [], whispered: [] };
  const members = state.channels[roomId]?.members ?? [];
  const name = (person: { readonly name: string }): string => person.name;
  return { mentioned: members.map(name), whispered: knownPeople(state).map(name) };
}
