import { useEffect, useRef } from 'preact/hooks';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { EmojiGrid } from './emoji-grid.tsx';
import { Modal } from './modal.tsx';
import { ReactionBar } from './reaction-bar.tsx';
import { useMessage } from './use-message.ts';

interface ReactDialogProps {
  readonly roomId: string;
  readonly id: string;
  readonly onClose: () => void;
}

/** Chooses an emoji for a message. */
export function ReactDialog({ roomId, id, onClose }: ReactDialogProps) {
  const { acts, say } = usePageStore();
  const ownId = useSelected((state) => (state.screen === 'chat' ? (state.user?.id ?? '') : ''));
  const reactions = useMessage(roomId, id)?.reactions ?? [];
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => search.current?.focus(), []);
  return (
    <Modal title="React" onClose={onClose} testId="react-dialog">
      {reactions.length > 0 && (
        <ReactionBar roomId={roomId} id={id} reactions={reactions} ownId={ownId} tabStop />
      )}
      <EmojiGrid
        search={search}
        onPick={(emoji) => {
          onClose();
          void say(acts.toggleReaction(roomId, id, emoji), null);
        }}
      />
    </Modal>
  );
}
