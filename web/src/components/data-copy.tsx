import { usePageStore } from '../state/store-context.ts';
import { useOutcome } from './use-outcome.ts';

const NAME = 'my-data.ndjson';

/** The way to a copy of everything that the server has of one. */
export function DataCopy() {
  const { account } = usePageStore();
  const { busy, outcome, run } = useOutcome('It is in your downloads.');
  return (
    <section class="account-form" aria-label="Your data">
      <p class="hint">
        What this server has of you: messages, private messages, reactions, memberships, and what you set. One
        JSON object a line.
      </p>
      <p class="hint" role="status" data-testid="data-outcome">
        {busy ? 'It is being written…' : outcome}
      </p>
      <button
        type="button"
        disabled={busy}
        data-testid="download-data"
        onClick={() => void run(() => account.copyOfData(save))}
      >
        Download my data
      </button>
    </section>
  );
}

function save(file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = NAME;
  link.click();
  URL.revokeObjectURL(link.href);
}
