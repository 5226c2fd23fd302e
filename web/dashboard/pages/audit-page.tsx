import { useState } from 'preact/hooks';
import { TextField } from '../../src/components/text-field.tsx';
import { PagedTable } from '../components/data-table.tsx';
import { PersonLink, Time, Words } from '../components/words.tsx';
import type { AuditRow } from '../state/answers.ts';
import { usePages } from '../state/use-load.ts';

const FIELDS = [
  ['actor', 'By (id)'],
  ['target', 'To (id)'],
  ['action', 'What'],
  ['channel_id', 'Channel'],
] as const;
type Filter = Partial<Record<(typeof FIELDS)[number][0], string>>;

/** Who did what to whom, and why. */
export function AuditPage() {
  const [typed, setTyped] = useState<Filter>({});
  const [filter, setFilter] = useState<Filter>({});
  const acts = usePages<AuditRow>('audit', filter, 'before');
  return (
    <>
      <form
        class="bar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setFilter(typed);
        }}
      >
        {FIELDS.map(([field, label]) => (
          <TextField
            key={field}
            label={label}
            value={typed[field] ?? ''}
            onValue={(text) => setTyped({ ...typed, [field]: text.trim() })}
            maxLength={256}
            autoComplete="off"
            testId={`filter-${field}`}
          />
        ))}
        <button class="primary" type="submit" data-testid="filter">
          Filter
        </button>
      </form>
      <PagedTable
        label="Acts"
        testId="acts"
        pages={acts}
        empty="No such act is recorded."
        keyOf={({ seq }) => `${seq}`}
        columns={[
          { head: 'When', cell: ({ at }) => <Time at={at} /> },
          { head: 'By', cell: ({ actor }) => <PersonLink person={actor} /> },
          { head: 'What', cell: ({ action }) => action },
          {
            head: 'To',
            cell: ({ target }) =>
              target?.kind === 'user' ? (
                <PersonLink person={target} />
              ) : (
                <Words
                  text={target === undefined ? undefined : `${target.kind} ${target.name ?? target.id}`}
                />
              ),
          },
          { head: 'Where', cell: ({ channel_id: channel }) => channel },
          { head: 'Why', cell: ({ reason }) => <Words text={reason} /> },
          { head: 'Change', cell: ({ before, after }) => <Words text={changeText(before, after)} /> },
        ]}
      />
    </>
  );
}

function changeText(before: object | undefined, after: object | undefined): string {
  const text = (values: object | undefined): string => (values === undefined ? '' : JSON.stringify(values));
  if (before === undefined) return text(after);
  return `${text(before)} → ${text(after)}`;
}
