import { usePageStore } from '../state/store-context.ts';
import type { Reaction } from '../state/reactions.ts';
import { SHORT_CODES } from '../text/short-codes.ts';

interface ReactionBarProps {
  readonly roomId: string;
  /** Id of the message that they were given to. */
  readonly id: string;
  readonly reactions: readonly Reaction[];
  /** The reader's id. */
  readonly ownId: string;
  /** Whether the Tab key stops here; in the log the keyboard comes to them by the message that is chosen. */
  readonly tabStop?: boolean;
}

/** Reactions with their counts; one's own are marked, and a click gives or takes one's own. */
export function ReactionBar({ roomId, id, reactions, ownId, tabStop = false }: ReactionBarProps) {
  const { acts, say } = usePageStore();
  return (
    <div class="reactions" role="group" aria-label="Reactions" data-testid="reactions">
      {reactions.map(({ emoji, users }) => {
        const isOwn = users.includes(ownId);
        return (
          <button
            key={emoji}
            type="button"
            class="reaction"
            aria-pressed={isOwn}
            aria-label={`${emoji} ${users.length}`}
            title={isOwn ? 'Take it back' : 'Give it too'}
            tabIndex={tabStop ? undefined : -1}
            data-testid="reaction"
            onClick={() => void say(acts.toggleReaction(roomId, id, emoji), null)}
          >
            {shownEmoji(emoji)} <span>{users.length}</span>
          </button>
        );
      })}
    </div>
  );
}

/** A short code may stand for an emoji that the page knows. */
function shownEmoji(emoji: string): string {
  const code = /^:(.+):$/u.exec(emoji)?.[1];
  return code === undefined ? emoji : (SHORT_CODES.get(code) ?? emoji);
}
