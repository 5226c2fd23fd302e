import { useEffect, useState } from 'preact/hooks';
import type { LoggedMessage } from '../state/logged-message.ts';
import { MAX_CONTENT_LENGTH } from '../../../src/protocol/limits.ts';
import { isBlocked, roomOf } from '../state/page-state.ts';
import { quoteOf } from '../state/replies.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { withShown, type ThreadPage } from '../state/thread-page.ts';
import { NO_CHUNKS } from '../state/timeline-chunks.ts';
import { ListedMessage } from './listed-message.tsx';
import { Modal } from './modal.tsx';
import { TextField } from './text-field.tsx';
import { useMessage } from './use-message.ts';

interface ThreadDialogProps {
  readonly roomId: string;
  /** Id of the message that the thread is below. */
  readonly id: string;
  readonly onClose: () => void;
}

/** A message and all that answers it, with a place to answer. */
export function ThreadDialog({ roomId, id, onClose }: ThreadDialogProps) {
  const store = usePageStore();
  const [page, setPage] = useState<ThreadPage | null>(null);
  const [problem, setProblem] = useState('');
  const [text, setText] = useState('');
  const messages = useSelected((state) => roomOf(state, roomId)?.timeline.messages ?? NO_CHUNKS);
  const shownRoot = useMessage(roomId, id);
  const load = async (beforeSeq?: number): Promise<void> => {
    const loaded = await store.acts.thread(roomId, id, beforeSeq);
    if (typeof loaded === 'string') setProblem(loaded);
    else
      setPage((known) =>
        known === null ? loaded : { ...loaded, replies: [...loaded.replies, ...known.replies] },
      );
  };
  useEffect(() => void load(), []);
  const root = shownRoot ?? page?.root ?? null;
  const known = page ?? { root: null, replies: [], hasMore: false };
  const replies = withShown(known, id, messages.list.flat());
  const draw = (message: LoggedMessage) => (
    <ListedMessage message={message} hidden={isBlocked(store.state, message.author.id)} />
  );
  return (
    <Modal title="Thread" onClose={onClose} testId="thread-dialog">
      <p class="hint" role="status">
        {problem !== ''
          ? problem
          : page === null
            ? 'Loading…'
            : replies.length === 0
              ? 'Nobody has answered yet.'
              : ''}
      </p>
      {root !== null && <div class="thread-root">{draw(root)}</div>}
      {page?.hasMore === true && (
        <button type="button" class="quiet" onClick={() => void load(page.replies[0]?.seq)}>
          Show earlier replies
        </button>
      )}
      <ul class="listed" data-testid="replies">
        {replies.map((reply) => (
          <li key={reply.id}>{draw(reply)}</li>
        ))}
      </ul>
      {root !== null && root.deleted !== true && (
        <form
          class="thread-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() === '') return;
            void store.messages.send(roomId, text.trim(), quoteOf(root));
            setText('');
          }}
        >
          <TextField
            label="Your reply"
            value={text}
            onValue={setText}
            autofocus
            maxLength={MAX_CONTENT_LENGTH}
            autoComplete="off"
            testId="thread-reply"
          />
          <div class="modal-actions">
            <button class="primary" type="submit" disabled={text.trim() === ''} data-testid="send-reply">
              Reply
            </button>
          </div>
        </form>
      )}
    </Modal>
  );
}
