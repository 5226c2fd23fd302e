import { useState } from 'preact/hooks';
import type { AutomodRule } from '../../../src/protocol/automod-rules.ts';
import { DataTable } from '../components/data-table.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { RowButton } from '../components/row-button.tsx';
import { Words } from '../components/words.tsx';
import type { Listed } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { conditionText } from '../state/rule-draft.ts';
import { useLoad } from '../state/use-load.ts';
import { RuleDialog } from './rule-dialog.tsx';

const ACTIONS = {
  refuse: 'is refused',
  hold: 'waits for a moderator',
  mute: 'is refused, its author muted',
  mask: 'is masked',
} as const;

/** Rules by which messages are judged. One that is off goes live only after it was tried. */
export function AutomodPage() {
  const api = useApi();
  const rules = useLoad('rules', () => api.get<Listed<AutomodRule>>('automod/rules'));
  const [edited, setEdited] = useState<AutomodRule | 'new' | null>(null);
  const [removed, setRemoved] = useState<AutomodRule | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const turnOff = async ({ id, version }: AutomodRule): Promise<void> => {
    const body = { enabled: false, version };
    const answer = await api.send('PATCH', `automod/rules/${encodeURIComponent(id)}`, { body });
    setProblem(answer.ok ? null : answer.problem);
    rules.reload();
  };
  return (
    <>
      <div class="bar">
        <button class="primary" type="button" data-testid="new-rule" onClick={() => setEdited('new')}>
          New rule
        </button>
      </div>
      <p class="notice" role="alert" data-testid="automod-problem">
        {problem}
      </p>
      <Loaded load={rules} empty={({ items }) => (items.length === 0 ? 'No rule is made yet.' : null)}>
        {({ items }) => (
          <DataTable
            label="Rules"
            testId="rules"
            items={items}
            keyOf={({ id }) => id}
            columns={[
              { head: 'Rule', cell: ({ name }) => <Words text={name} /> },
              { head: 'A message with', cell: ({ when }) => <Words text={conditionText(when)} /> },
              { head: 'Then', cell: ({ action }) => ACTIONS[action.kind] },
              { head: 'Where', cell: ({ channels }) => channels?.join(', ') ?? 'everywhere' },
              {
                head: 'State',
                cell: ({ enabled }) =>
                  enabled ? <strong class="good">live</strong> : <span class="tag">off</span>,
              },
              {
                head: 'Acts',
                cell: (rule) => (
                  <div class="acts">
                    <RowButton testId="edit" about={rule.name} act={() => setEdited(rule)}>
                      {rule.enabled ? 'Edit' : 'Edit, try, turn on'}
                    </RowButton>
                    {rule.enabled && (
                      <RowButton testId="turn-off" about={rule.name} act={() => void turnOff(rule)}>
                        Turn off
                      </RowButton>
                    )}
                    <RowButton testId="remove" about={rule.name} act={() => setRemoved(rule)}>
                      Delete
                    </RowButton>
                  </div>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {edited !== null && (
        <RuleDialog
          rule={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onDone={rules.reload}
        />
      )}
      {removed !== null && (
        <FormDialog
          title={`Delete the rule ${removed.name}`}
          submit="Delete"
          testId="remove-rule-dialog"
          act={() => api.send('DELETE', `automod/rules/${encodeURIComponent(removed.id)}`)}
          onClose={() => setRemoved(null)}
          onDone={rules.reload}
        >
          <p>It judges no message any more, at once.</p>
        </FormDialog>
      )}
    </>
  );
}
