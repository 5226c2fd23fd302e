import type { ComponentChildren } from 'preact';
import { isCommand } from '../state/command-list.ts';
import type { CompletionNames } from '../state/completion.ts';
import type { ConversationState } from '../state/conversation.ts';
import { knownPeople } from '../state/known-people.ts';
import { hindranceOf, mutedEverywhere } from '../state/hindrance.ts';
import { isBlocked, mayModerate, roomTitle, type Room } from '../state/page-state.ts';
import type { PageStore } from '../state/page-store.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { whisperCommand } from '../state/whisper-command.ts';
import { Composer } from './composer.tsx';
import { EditComposer } from './edit-composer.tsx';
import { HindranceNote, useNow } from './hindrance-note.tsx';
import { QuoteLine } from './quote-line.tsx';

/** Where one writes in a room: a new message, another text for an old one, or why nothing. */
export function RoomComposer({ room }: { readonly room: Room }) {
  const blocked = useSelected((state) => room.kind === 'conversation' && isBlocked(state, room.with.id));
  if (room.kind === 'conversation' && blocked) return <Blocked conversation={room} />;
  return room.editing === null ? <NewMessage room={room} /> : <EditComposer room={room} id={room.editing} />;
}

function NewMessage({ room }: { readonly room: Room }) {
  const store = usePageStore();
  const staff = useSelected((state) => mayModerate(state, room.id));
  const mutedUntil = useSelected((state) => (state.screen === 'chat' ? state.user?.mutedUntil : undefined));
  const ofChannel = room.kind === 'channel' ? Math.max(room.slowUntil, room.muted?.until ?? 0) : 0;
  const now = useNow(Math.max(ofChannel, mutedUntil ?? 0));
  const hindrance =
    room.kind === 'channel'
      ? hindranceOf(room, { staff, mutedUntil }, now)
      : mutedEverywhere(mutedUntil, now);
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
        const [first = ''] = pieces;
        const command = pieces.length === 1 ? whisperCommand(first) : null;
        if (command !== null) return store.conversations.whisper(command);
        if (isChannel && isCommand(first)) return store.messages.command(room.id, first);
        // What is cut into several answers with the first.
        const quote = room.answering ?? undefined;
        store.messages.answer(room.id, null);
        pieces.forEach((piece, at) => void store.messages.send(room.id, piece, at === 0 ? quote : undefined));
        return null;
      }}
      onKey={(event, isEmpty) => {
        if (event.key === 'Escape' && (room.answering !== null || room.note !== null)) {
          // Escape elsewhere leads to the latest message.
          event.stopPropagation();
          store.messages.answer(room.id, null);
          store.messages.note(room.id, null);
        }
        // With Alt it leads to the next room.
        if (event.key !== 'ArrowUp' || event.altKey || !isEmpty) return;
        event.preventDefault();
        store.changes.editLast(room.id);
      }}
    >
      {room.note !== null && (
        <Note testId="command-note" onEnd={() => store.messages.note(room.id, null)}>
          <span class="note-text">{room.note}</span>
        </Note>
      )}
      {room.answering !== null && (
        <Note testId="answering" onEnd={() => store.messages.answer(room.id, null)}>
          <span class="quote-text">
            Reply to <QuoteLine quote={room.answering} hidden={false} />
          </span>
        </Note>
      )}
      {hindrance !== null && <HindranceNote hindrance={hindrance} now={now} />}
    </Composer>
  );
}

interface NoteProps {
  readonly testId: string;
  readonly onEnd: () => void;
  readonly children: ComponentChildren;
}

/** Something above the input, until one has seen enough of it. */
function Note({ testId, onEnd, children }: NoteProps) {
  return (
    <div class="composer-note" role="status" data-testid={testId}>
      {children}
      <button type="button" class="quiet" data-testid={`end-${testId}`} onClick={onEnd}>
        Cancel
      </button>
    </div>
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
  const commands = () => (roomId in state.channels ? store.commands.of(roomId) : []);
  const members = state.channels[roomId]?.members ?? [];
  const name = (person: { readonly name: string }): string => person.name;
  return { mentioned: members.map(name), whispered: knownPeople(state).map(name), commands };
}
