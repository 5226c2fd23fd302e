import type { ChannelState } from '../state/page-state.ts';
import { usePageStore } from '../state/store-context.ts';
import { authorHue } from './author-hue.ts';

/** Who is present in a channel, and the way out of it. */
export function MemberList({ channel }: { readonly channel: ChannelState }) {
  const store = usePageStore();
  const { members, memberCount: count } = channel;
  const sorted = [...members].sort((a, b) => a.name.localeCompare(b.name));
  const more = count - members.length;
  return (
    <aside class="members" id="members" tabIndex={-1} aria-label="Members">
      <h2>
        Here now <span data-testid="member-count">{count}</span>
      </h2>
      <ul data-testid="members" tabIndex={-1}>
        {sorted.map((member) => (
          <li key={member.id} data-hue={authorHue(member.id)}>
            <bdi>{member.name}</bdi>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="hint">and {more} more</p>}
      <button
        type="button"
        class="quiet leave"
        data-testid="leave"
        onClick={() => void store.leave(channel.id)}
      >
        Leave #{channel.id}
      </button>
    </aside>
  );
}
