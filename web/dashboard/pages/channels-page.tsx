import { useState } from 'preact/hooks';
import { PagedTable } from '../components/data-table.tsx';
import { RowButton } from '../components/row-button.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import type { ChannelRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { usePages } from '../state/use-load.ts';
import { ChannelDialog, DeleteDialog, NewDialog, RestoreDialog } from './channel-dialogs.tsx';
import { ChannelMembers } from './channel-members.tsx';
import type { PageProps } from './pages.tsx';

type Opened =
  { readonly kind: 'new' | 'restore' } | { readonly kind: 'change' | 'delete'; readonly channel: ChannelRow };

/** All channels: making, changing, ordering and deleting them; and whoever belongs to one. */
export function ChannelsPage({ rest: [channelId] }: PageProps) {
  return channelId === undefined ? <ChannelList /> : <ChannelMembers channelId={channelId} />;
}

function ChannelList() {
  const api = useApi();
  const [prefix, setPrefix] = useState('');
  const [opened, setOpened] = useState<Opened | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const channels = usePages<ChannelRow>('channels', { prefix }, 'after');
  const items = channels.value ?? [];
  const place = async (id: string, before: string | null): Promise<void> => {
    const answer = await api.send('PATCH', 'channels', { body: { id, before_id: before } });
    setProblem(answer.ok ? null : answer.problem);
    channels.reload();
  };
  const dialog = { onClose: () => setOpened(null), onDone: channels.reload };
  return (
    <>
      <div class="bar">
        <TextField
          label="Ids that begin with"
          value={prefix}
          onValue={(text) => setPrefix(text.replace(/[^A-Za-z0-9_.:-]/gu, '').slice(0, 64))}
          autoComplete="off"
          testId="channel-prefix"
        />
        <button
          class="primary"
          type="button"
          data-testid="new-channel"
          onClick={() => setOpened({ kind: 'new' })}
        >
          New channel
        </button>
        <button type="button" data-testid="restore-channel" onClick={() => setOpened({ kind: 'restore' })}>
          Bring one back
        </button>
      </div>
      <p class="notice" role="alert" data-testid="channels-problem">
        {problem}
      </p>
      <PagedTable
        label="Channels"
        testId="channels"
        pages={channels}
        empty={prefix === '' ? 'There is no channel yet.' : 'No channel’s id begins so.'}
        keyOf={({ id }) => id}
        columns={[
          {
            head: 'Name',
            cell: ({ name, private: isPrivate, archived }) => (
              <>
                <bdi>{name}</bdi> {isPrivate && <span class="tag">private</span>}{' '}
                {archived === true && <span class="tag">archived</span>}
              </>
            ),
          },
          { head: 'Id', cell: ({ id }) => id },
          { head: 'About', cell: ({ description, topic }) => <bdi>{description ?? topic}</bdi> },
          {
            head: 'Acts',
            cell: (channel) => {
              const { id, name } = channel;
              const at = items.indexOf(channel);
              const [before, after] = [items[at - 1], items[at + 2]];
              return (
                <div class="acts">
                  <RowButton testId="change" about={name} act={() => setOpened({ kind: 'change', channel })}>
                    Change
                  </RowButton>
                  {prefix === '' && before !== undefined && (
                    <RowButton testId="up" about={name} act={() => void place(id, before.id)}>
                      Up
                    </RowButton>
                  )}
                  {prefix === '' && at + 1 < items.length && (
                    <RowButton testId="down" about={name} act={() => void place(id, after?.id ?? null)}>
                      Down
                    </RowButton>
                  )}
                  <RowButton
                    testId="members-of"
                    about={name}
                    act={() => {
                      location.hash = linkTo('channels', id);
                    }}
                  >
                    Members
                  </RowButton>
                  <RowButton testId="delete" about={name} act={() => setOpened({ kind: 'delete', channel })}>
                    Delete
                  </RowButton>
                </div>
              );
            },
          },
        ]}
      />
      {opened?.kind === 'new' && <NewDialog {...dialog} />}
      {opened?.kind === 'restore' && <RestoreDialog {...dialog} />}
      {opened?.kind === 'change' && <ChannelDialog channel={opened.channel} {...dialog} />}
      {opened?.kind === 'delete' && <DeleteDialog channel={opened.channel} {...dialog} />}
    </>
  );
}
