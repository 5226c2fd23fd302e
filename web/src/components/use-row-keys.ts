/**
 * Keys of the log: the arrows choose a message, which has the focus then, and letters do something about the one that is
 * chosen. A moderator goes through a flood so: time out, delete the last minute, next.
 */
import { useContext } from 'preact/hooks';
import type { LoggedMessage } from '../state/logged-message.ts';
import { correspondentId } from '../state/conversation.ts';
import { changeable } from '../state/message-changes.ts';
import { PURGE_SECONDS, TIME_OUT_SECONDS } from '../state/moderation.ts';
import { mayModerate, roomOf } from '../state/page-state.ts';
import type { PageStore } from '../state/page-store.ts';
import { quoteOf } from '../state/replies.ts';
import { usePageStore } from '../state/store-context.ts';
import { lastOf } from '../state/timeline-chunks.ts';
import { OverlayContext } from './overlay.ts';

/** See the head of the file. The function that comes back says whether the key was one of these. */
export function useRowKeys(roomId: string): (event: KeyboardEvent, box: HTMLElement) => boolean {
  const store = usePageStore();
  const show = useContext(OverlayContext);
  return (event, box) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return false;
    const { target, key } = event;
    // Buttons in a row have keys of their own.
    if (!(target instanceof HTMLElement) || (target !== box && target.dataset['seq'] === undefined))
      return false;
    const row = target === box ? null : target;
    if (key === 'ArrowUp' || key === 'ArrowDown') {
      step(box, row, key === 'ArrowDown');
      return true;
    }
    const message = row === null ? undefined : messageAt(store, roomId, Number(row.dataset['seq']));
    return message !== undefined && act(store, show, roomId, message, key, box, row);
  };
}

/** Begins an answer to a message: what one writes next. */
export function startAnswer(store: PageStore, roomId: string, id: string): void {
  const message = store.acts.find(roomId, id);
  if (message === undefined || message.deleted === true) return;
  store.messages.answer(roomId, quoteOf(message));
  document.getElementById('composer')?.focus();
}

/** Times a message's author out. */
export async function timeOut(store: PageStore, roomId: string, { author }: LoggedMessage): Promise<void> {
  const sanction = { user: author, seconds: TIME_OUT_SECONDS, reason: '' };
  await store.say(
    store.moderation.mute(roomId, sanction),
    `${author.name} is muted for ${TIME_OUT_SECONDS / 60} minutes.`,
  );
}

/** Deletes what a message's author wrote in the last minute. */
export async function purge(store: PageStore, roomId: string, { author }: LoggedMessage): Promise<void> {
  await store.say(
    store.moderation.purge(roomId, author, PURGE_SECONDS),
    `What ${author.name} wrote in the last minute is deleted.`,
  );
}

function act(
  store: PageStore,
  show: (overlay: { kind: 'message' | 'react' | 'thread' | 'report'; roomId: string; id: string }) => void,
  roomId: string,
  message: LoggedMessage,
  key: string,
  box: HTMLElement,
  row: HTMLElement | null,
): boolean {
  const { state } = store;
  const room = roomOf(state, roomId);
  if (room === undefined || state.screen !== 'chat') return false;
  const { id } = message;
  const isGone = message.deleted === true;
  const may = isGone
    ? 'nothing'
    : changeable(room, state.user, message.author.id, mayModerate(state, roomId));
  if (key === 'e' && may === 'edit and delete') store.changes.setEditing(roomId, id);
  else if (correspondentId(roomId) !== null) return false;
  else if (key === 'Enter') show({ kind: 'message', roomId, id });
  else if (key === 't') show({ kind: 'thread', roomId, id: message.root ?? id });
  else if (key === 'r' && !isGone) startAnswer(store, roomId, id);
  else if (key === '+' && !isGone) show({ kind: 'react', roomId, id });
  else if (key === 'n') nextAuthor(store, roomId, message, box, row);
  else if (!mayModerate(state, roomId)) return false;
  else if (key === 'm') void timeOut(store, roomId, message);
  else if (key === 'd') void purge(store, roomId, message);
  else if (key === 'Delete' && !isGone)
    void store.say(store.changes.remove(roomId, id), 'The message is deleted.');
  else return false;
  return true;
}

/** Chooses the row before or after; of none, the last in view. */
function step(box: HTMLElement, row: HTMLElement | null, forward: boolean): void {
  const rows = [...box.querySelectorAll<HTMLElement>('[data-seq]')];
  const { top, bottom } = box.getBoundingClientRect();
  const isInView = (one: HTMLElement): boolean => {
    const place = one.getBoundingClientRect();
    return place.bottom > top && place.top < bottom;
  };
  const next =
    row === null || !isInView(row) ? rows.findLast(isInView) : rows[rows.indexOf(row) + (forward ? 1 : -1)];
  next?.focus();
}

/** Chooses the next message that somebody else wrote and that isn't deleted. */
function nextAuthor(
  store: PageStore,
  roomId: string,
  message: LoggedMessage,
  box: HTMLElement,
  row: HTMLElement | null,
): void {
  for (let one = row?.nextElementSibling ?? null; one !== null; one = one.nextElementSibling) {
    const seq = one instanceof HTMLElement ? one.dataset['seq'] : undefined;
    const found = seq === undefined ? undefined : messageAt(store, roomId, Number(seq));
    if (found !== undefined && found.deleted !== true && found.author.id !== message.author.id) {
      (one as HTMLElement).focus();
      return;
    }
  }
  box.focus();
}

function messageAt(store: PageStore, roomId: string, seq: number): LoggedMessage | undefined {
  const messages = roomOf(store.state, roomId)?.timeline.messages;
  return messages && lastOf(messages, (message) => message.seq === seq);
}
