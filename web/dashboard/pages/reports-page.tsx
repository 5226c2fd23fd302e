import { useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { TextField } from '../../src/components/text-field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PersonLink, Time, Words } from '../components/words.tsx';
import type { ReportedMessage, ReportRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { usePages } from '../state/use-load.ts';

const STATES = [
  ['open', 'Open'],
  ['claimed', 'Taken on'],
  ['resolved', 'Resolved'],
  ['', 'All'],
] as const;
const OUTCOMES = [
  ['actioned', 'Something was done'],
  ['dismissed', 'Nothing had to be done'],
] as const;
const MAX_NOTE = 500;

/** The queue of what people reported. */
export function ReportsPage() {
  const api = useApi();
  const [state, setState] = useState('open');
  const [resolved, setResolved] = useState<ReportRow | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const reports = usePages<ReportRow>('reports', { state }, 'after');
  const claim = async ({ id }: ReportRow): Promise<void> => {
    const answer = await api.send('PATCH', `reports/${encodeURIComponent(id)}`, {
      body: { state: 'claimed' },
    });
    setProblem(answer.ok ? null : answer.problem);
    reports.reload();
  };
  return (
    <>
      <div class="bar">
        <SelectField label="Shown" value={state} choices={STATES} onValue={setState} testId="report-state" />
      </div>
      <p class="notice" role="alert" data-testid="reports-problem">
        {problem}
      </p>
      <Loaded load={reports} empty={(items) => (items.length === 0 ? 'Nothing here: all is well.' : null)}>
        {(items) => (
          <ul class="section" data-testid="reports">
            {items.map((report) => (
              <li key={report.id} class="report" data-testid="report">
                <p>
                  <PersonLink person={report.reporter} /> on a message of{' '}
                  <PersonLink person={report.message.author} /> in #<bdi>{report.channel_id}</bdi>,{' '}
                  <Time at={report.created_at} />: <Words text={report.reason} />
                </p>
                <div class="quotes" tabIndex={0} role="group" aria-label="What was said">
                  {[...report.context, report.message].map((message) => (
                    <Said key={message.id} message={message} isIt={message === report.message} />
                  ))}
                </div>
                <Handling report={report} />
                {report.state !== 'resolved' && (
                  <div class="bar">
                    {report.state === 'open' && (
                      <button type="button" data-testid="claim" onClick={() => void claim(report)}>
                        Take it on
                      </button>
                    )}
                    <button
                      class="primary"
                      type="button"
                      data-testid="resolve"
                      onClick={() => setResolved(report)}
                    >
                      Resolve
                    </button>
                  </div>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {reports.hasMore && (
        <button type="button" data-testid="more" onClick={reports.more}>
          More
        </button>
      )}
      {resolved !== null && (
        <ResolveDialog report={resolved} onClose={() => setResolved(null)} onDone={reports.reload} />
      )}
    </>
  );
}

function Said({ message, isIt }: { readonly message: ReportedMessage; readonly isIt: boolean }) {
  const words = (
    <>
      <PersonLink person={message.author} />: <Words text={message.content} />
    </>
  );
  return <p>{isIt ? <strong>{words}</strong> : words}</p>;
}

function Handling({ report }: { readonly report: ReportRow }) {
  const { state, claimed_by: by, resolved_by: resolver, outcome, note } = report;
  if (state === 'claimed' && by !== undefined) {
    return (
      <p data-testid="claimed">
        <PersonLink person={by} /> looks after it.
      </p>
    );
  }
  if (state !== 'resolved') return null;
  return (
    <p>
      {outcome === 'actioned' ? 'Something was done' : 'Nothing had to be done'}
      {resolver !== undefined && (
        <>
          , by <PersonLink person={resolver} />
        </>
      )}
      . <Words text={note} />
    </p>
  );
}

interface ResolveDialogProps {
  readonly report: ReportRow;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function ResolveDialog({ report, ...dialog }: ResolveDialogProps) {
  const api = useApi();
  const [outcome, setOutcome] = useState<string>(OUTCOMES[0][0]);
  const [note, setNote] = useState('');
  const body = { state: 'resolved', outcome, ...(note.trim() === '' ? {} : { note: note.trim() }) };
  return (
    <FormDialog
      title="Resolve the report"
      submit="Resolve"
      testId="resolve-dialog"
      act={() => api.send('PATCH', `reports/${encodeURIComponent(report.id)}`, { body })}
      {...dialog}
    >
      <SelectField
        label="What came of it"
        value={outcome}
        choices={OUTCOMES}
        onValue={setOutcome}
        testId="outcome"
      />
      <TextField
        label="Note (optional)"
        hint="For those who look after the server."
        value={note}
        onValue={setNote}
        maxLength={MAX_NOTE}
        autoComplete="off"
        testId="note"
      />
    </FormDialog>
  );
}
