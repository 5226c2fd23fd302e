import { useEffect, useRef, useState } from 'preact/hooks';
import type { LoggedMessage } from '../state/logged-message.ts';
import { lastOf } from '../state/timeline-chunks.ts';
import type { Timeline } from '../state/timeline.ts';
import { harmless } from '../text/bidi-controls.ts';

interface MessageAnnouncerProps {
  readonly timeline: Timeline;
  /** What was in the log when the channel was joined is to be read and not told. */
  readonly readSeq: number;
  /** Nobody has to be told what they wrote themselves. */
  readonly ownId: string;
  /** Nor what those write whom they have blocked. */
  readonly blocked: ReadonlySet<string>;
}

/** What is read out of message `id`; of several it is empty. */
interface Line {
  readonly id: string;
  readonly text: string;
}

/** So many messages that come at once are read out, of more only their number. */
const MAX_READ_OUT = 3;
/** So much of a message is read out, UTF-16 code units. */
const MAX_LENGTH = 300;

/**
 * Tells screen readers what others write as it comes. The log itself is no live region: its rows come and go as one
 * scrolls, and those would be read out too.
 */
export function MessageAnnouncer({ timeline, readSeq, ownId, blocked }: MessageAnnouncerProps) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const toldUpTo = useRef(timeline.newestSeq);
  useEffect(() => {
    const after = Math.max(toldUpTo.current, readSeq);
    toldUpTo.current = timeline.newestSeq;
    if (timeline.newestSeq <= after) return;
    const fresh = messagesAfter(timeline, after).filter(
      ({ author, deleted }) => author.id !== ownId && !blocked.has(author.id) && deleted !== true,
    );
    if (fresh.length === 0) return;
    setLines(
      fresh.length > MAX_READ_OUT ? [{ id: '', text: `${fresh.length} new messages` }] : fresh.map(lineOf),
    );
  }, [timeline.newestSeq]);
  return (
    <div class="visually-hidden" aria-live="polite" data-testid="announcer">
      {lines
        .filter(({ id }) => !isDeleted(timeline, id))
        .map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
    </div>
  );
}

function lineOf({ id, author, content }: LoggedMessage): Line {
  return { id, text: harmless(`${author.name}: ${content.slice(0, MAX_LENGTH).toWellFormed()}`) };
}

/** What was read out and deleted since must not stay in the page. */
function isDeleted({ messages }: Timeline, id: string): boolean {
  return id !== '' && lastOf(messages, (message) => message.id === id)?.deleted === true;
}

/** Walks back from the newest; only as far as there are new ones. */
function messagesAfter({ messages }: Timeline, seq: number): readonly LoggedMessage[] {
  const fresh: LoggedMessage[] = [];
  for (const chunk of messages.list.toReversed()) {
    for (const message of chunk.toReversed()) {
      if (message.seq <= seq) return fresh.reverse();
      fresh.push(message);
    }
  }
  return fresh.reverse();
}
