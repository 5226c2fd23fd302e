import { useMemo } from 'preact/hooks';
import type { MessageGroup } from '../state/message-groups.ts';
import type { LoggedMessage } from '../state/timeline.ts';
import { clockTime, dayName, fullTime } from '../text/format-time.ts';
import { authorHue } from './author-hue.ts';
import { MessageText } from './message-text.tsx';

/** One author's run of messages, below the day where it is the day's first. */
export function MessageGroupView({ group }: { readonly group: MessageGroup }) {
  return (
    <>
      {group.newDay && (
        <li class="day">
          <span>{dayName(group.at)}</span>
        </li>
      )}
      <li class="group">
        <p class="byline">
          <bdi class="author" data-hue={authorHue(group.author.id)}>
            {group.author.name}
          </bdi>{' '}
          <time dateTime={new Date(group.at).toISOString()} title={fullTime(group.at)}>
            {clockTime(group.at)}
          </time>
        </p>
        {group.messages.map((message) => (
          <Message key={message.seq} message={message} />
        ))}
      </li>
    </>
  );
}

function Message({ message }: { readonly message: LoggedMessage }) {
  // The same node again tells Preact that there is nothing to compare; most of a long log never changes.
  return useMemo(
    () => (
      <div class="message" data-seq={message.seq} data-testid="message" title={fullTime(message.at)}>
        <MessageText content={message.content} />
      </div>
    ),
    [message],
  );
}
