import { useState } from 'preact/hooks';
import type { ChannelState } from '../state/page-state.ts';
import { channelName, CONNECTING } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { MessageAvatar } from './message-avatar.tsx';
import { PersonButton } from './person-button.tsx';
import { useMembers } from './use-members.ts';

/** With fewer people than this, one sees them all at a glance. */
const SEARCH_FROM = 12;

/** Who is present in a channel, and the way out of it. */
export function MemberList({ channel }: { readonly channel: ChannelState }) {
  const store = usePageStore();
  const own = useSelected((state) => (state.screen === 'chat' ? state.user : null));
  const name = useSelected((state) => channelName(state, channel.id));
  const blocked = useSelected((state) => (state.screen === 'chat' ? state.blocked : CONNECTING.blocked));
  const [text, setText] = useState('');
  const { members, more, loading, loadMore } = useMembers(channel, text);
  const { memberCount: count } = channel;
  return (
    <aside class="members" id="members" tabIndex={-1} aria-label="Members">
      <h2>
        Here now <span data-testid="member-count">{count}</span>
      </h2>
      {(count >= SEARCH_FROM || text !== '') && (
        <input
          class="member-search"
          type="search"
          aria-label="Find a person"
          placeholder="Find a person…"
          autoComplete="off"
          spellcheck={false}
          value={text}
          data-testid="member-search"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      )}
      <ul class="member-names" data-testid="members">
        {members.map((member) => (
          <li key={member.id}>
            <PersonButton person={member} class="quiet who">
              <MessageAvatar user={member} picture={member.id === own?.id ? own.avatar : undefined} />
              <bdi class="member-name">{member.name}</bdi>
              {member.id === own?.id && <span class="tag">you</span>}
              {blocked.has(member.id) && <span class="tag">blocked</span>}
            </PersonButton>
          </li>
        ))}
      </ul>
      <p class="hint" role="status">
        {loading ? 'Looking…' : text !== '' && members.length === 0 ? 'Nobody here is called so.' : ''}
      </p>
      {more && !loading && (
        <button type="button" class="quiet" data-testid="more-members" onClick={loadMore}>
          Show more
        </button>
      )}
      <button
        type="button"
        class="quiet leave"
        data-testid="leave"
        onClick={() => void store.channels.leave(channel.id)}
      >
        Leave #<bdi>{name}</bdi>
      </button>
    </aside>
  );
}
