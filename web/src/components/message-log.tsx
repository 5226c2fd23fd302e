import { useSelected } from '../state/store-context.ts';
import { changeable } from '../state/message-changes.ts';
import type { MessageRow } from '../state/message-rows.ts';
import { receiptAt } from '../state/conversation.ts';
import { CONNECTING, mayModerate, roomTitle, type Room } from '../state/page-state.ts';
import { firstUnread } from '../state/timeline.ts';
import { MessageAnnouncer } from './message-announcer.tsx';
import { LogBottom, LogTop } from './message-log-ends.tsx';
import { LoggedMessageRow } from './message-row.tsx';
import { OutgoingMessageView } from './outgoing-message.tsx';
import { useLogScroll } from './use-log-scroll.ts';
import { useRowKeys } from './use-row-keys.ts';
import { useUnreadMark } from './use-unread-mark.ts';

const NOBODY = { id: '', name: '' };

/**
 * A room's messages. It follows the newest until one scrolls up; older ones come when scrolled to. Only the rows
 * near what is in view are in the document, however many are loaded.
 */
export function MessageLog({ room }: { readonly room: Room }) {
  const user = useSelected((state) => (state.screen === 'chat' ? state.user : null));
  const title = useSelected((state) => roomTitle(state, room));
  const blocked = useSelected((state) => (state.screen === 'chat' ? state.blocked : CONNECTING.blocked));
  const moderates = useSelected((state) => mayModerate(state, room.id));
  const { timeline } = room;
  const log = useLogScroll(room, user ?? NOBODY);
  const { layout, ranges } = log;
  const rowKeys = useRowKeys(room.id);
  useUnreadMark(room.id, log.following && timeline.unread?.shown === false);

  const unreadFrom = firstUnread(timeline);
  const drawRow = (row: MessageRow) => {
    const authorId = row.kind === 'logged' ? row.message.author.id : row.author.id;
    const picture = authorId === user?.id ? user.avatar : undefined;
    return row.kind === 'logged' ? (
      <LoggedMessageRow
        key={row.key}
        row={row}
        picture={picture}
        isFirstUnread={row.key === unreadFrom}
        hidden={room.kind === 'channel' && blocked.has(authorId)}
        receipt={
          room.kind === 'conversation' && authorId === user?.id ? receiptAt(room, row.message.seq) : null
        }
        roomId={room.id}
        may={changeable(room, user, authorId, moderates)}
        ownId={user?.id ?? ''}
      />
    ) : (
      <OutgoingMessageView key={row.key} row={row} picture={picture} roomId={room.id} />
    );
  };
  const rowsAndGaps = ranges.flatMap((range, index) => {
    const before = ranges[index - 1];
    const rows = layout.rowsOf(range).map(drawRow);
    if (before === undefined) return rows;
    const height = layout.topOf(range.first) - layout.topOf(before.last + 1);
    return [<Gap key={`gap ${index}`} height={height} />, ...rows];
  });

  return (
    <div class="log-frame">
      <div
        ref={log.box}
        class="log"
        role="log"
        aria-live="off"
        aria-busy={room.older === 'loading' || !room.joined}
        aria-label={room.kind === 'channel' ? `Messages in ${title}` : `Whispers with ${title}`}
        data-room={room.kind}
        tabIndex={0}
        data-testid="log"
        onScroll={log.onScroll}
        onKeyDown={(event) => {
          if (rowKeys(event, event.currentTarget)) event.preventDefault();
          else log.onKeyDown(event);
        }}
      >
        <div ref={log.content} class="log-content">
          <LogTop room={room} />
          <div class="messages" data-log="rows" role={layout.count > 0 ? 'list' : undefined}>
            {rowsAndGaps}
          </div>
          <LogBottom room={room} />
        </div>
      </div>
      <MessageAnnouncer timeline={timeline} readSeq={room.readSeq} ownId={user?.id ?? ''} blocked={blocked} />
      {!log.following && (
        <button type="button" id="jump-to-latest" class="jump" data-testid="jump" onClick={log.jumpToLatest}>
          {log.missed > 0 ? `Jump to latest (${log.missed} new)` : 'Jump to latest'}
        </button>
      )}
    </div>
  );
}

/** Stands for rows between two others that aren't in the document. `height` in px. */
function Gap({ height }: { readonly height: number }) {
  return <div aria-hidden="true" style={{ height: `${height}px` }} />;
}
