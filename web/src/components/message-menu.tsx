import { useContext } from 'preact/hooks';
import { changeable } from '../state/message-changes.ts';
import { mayModerate, roomOf } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { harmless } from '../text/bidi-controls.ts';
import { Menu, type MenuItem } from './menu.tsx';
import { Modal } from './modal.tsx';
import { OverlayContext } from './overlay.ts';
import { QuoteLine } from './quote-line.tsx';
import { useMessage } from './use-message.ts';
import { purge, startAnswer, timeOut } from './use-row-keys.ts';

interface MessageMenuProps {
  readonly roomId: string;
  readonly id: string;
  readonly onClose: () => void;
}

/** All that one can do about a message of a channel. */
export function MessageMenu({ roomId, id, onClose }: MessageMenuProps) {
  const store = usePageStore();
  const show = useContext(OverlayContext);
  const message = useMessage(roomId, id);
  const user = useSelected((state) => (state.screen === 'chat' ? state.user : null));
  const staff = useSelected((state) => mayModerate(state, roomId));
  const room = useSelected((state) => roomOf(state, roomId));
  if (message === undefined || room === undefined) return null;
  const { author, deleted = false, root, pinned = false } = message;
  const isOwn = author.id === user?.id;
  const may = deleted ? 'nothing' : changeable(room, user, author.id, staff);
  const name = harmless(author.name);
  const item = (testId: string, label: string, act: () => void): MenuItem => ({ testId, label, act });
  const then = (act: () => void) => (): void => {
    onClose();
    act();
  };
  const items: readonly (MenuItem | false)[] = [
    !deleted && item('menu-react', 'React…', () => show({ kind: 'react', roomId, id })),
    !deleted &&
      item(
        'menu-reply',
        'Reply',
        then(() => startAnswer(store, roomId, id)),
      ),
    item('menu-thread', 'Show the thread', () => show({ kind: 'thread', roomId, id: root ?? id })),
    may === 'edit and delete' &&
      item(
        'menu-edit',
        'Edit',
        then(() => store.changes.setEditing(roomId, id)),
      ),
    staff &&
      !deleted &&
      item(
        'menu-pin',
        pinned ? 'Unpin' : 'Pin for all',
        then(() => void store.say(store.acts.pin(roomId, id, !pinned), pinned ? 'Unpinned.' : 'Pinned.')),
      ),
    may !== 'nothing' &&
      item(
        'menu-delete',
        'Delete for all',
        then(() => void store.say(store.changes.remove(roomId, id), 'The message is deleted.')),
      ),
    !isOwn && !deleted && item('menu-report', 'Report…', () => show({ kind: 'report', roomId, id })),
    staff &&
      !isOwn &&
      item(
        'menu-mute',
        `Mute ${name} for 10 minutes`,
        then(() => void timeOut(store, roomId, message)),
      ),
    staff &&
      item(
        'menu-purge',
        `Delete ${name}’s last minute`,
        then(() => void purge(store, roomId, message)),
      ),
    item('menu-person', `About ${name}…`, () => show({ kind: 'person', person: author })),
  ];
  return (
    <Modal title="Message" onClose={onClose} testId="message-menu">
      <p class="quoted">
        <QuoteLine quote={{ id, author, content: message.content, deleted }} hidden={false} />
      </p>
      <Menu items={items.filter((one) => one !== false)} />
    </Modal>
  );
}
