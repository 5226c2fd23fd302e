import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Report, ReportPage } from '../state/reports.ts';
import { channelName, moderatedChannels } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { harmless } from '../text/bidi-controls.ts';
import { fullTime } from '../text/format-time.ts';
import { Modal } from './modal.tsx';
import { OverlayContext } from './overlay.ts';

interface ReportsDialogProps {
  readonly onClose: () => void;
}

/** What was reported in the channels that one looks after. The arrow keys choose a report, and a letter each does what its buttons do. */
export function ReportsDialog({ onClose }: ReportsDialogProps) {
  const store = usePageStore();
  const show = useContext(OverlayContext);
  const [page, setPage] = useState<ReportPage | null>(null);
  const [problem, setProblem] = useState('');
  const load = async (): Promise<void> => {
    const channels = moderatedChannels(store.state);
    const loaded = await store.reports.list();
    if (typeof loaded === 'string') setProblem(loaded);
    else setPage(loaded);
    store.reportsSeen(channels);
  };
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => void load(), []);
  const isLoaded = page !== null;
  useLayoutEffect(() => list.current?.querySelector<HTMLElement>('[data-report]')?.focus(), [isLoaded]);
  const run = async (act: Promise<string | null>): Promise<void> => {
    setProblem((await act) ?? '');
    await load();
    // What had the focus may have gone with its report.
    if (list.current?.contains(document.activeElement) !== true)
      list.current?.querySelector<HTMLElement>('[data-report]')?.focus();
  };
  const acts = ({ id, channelId, messageId, author }: Report) => ({
    c: () => void run(store.reports.claim(channelId, id)),
    a: () => void run(store.reports.resolve(channelId, id, 'actioned')),
    x: () => void run(store.reports.resolve(channelId, id, 'dismissed')),
    g: () => {
      onClose();
      void store.places.showMessage(channelId, messageId);
    },
    p: () => show({ kind: 'person', person: author, channelId }),
  });
  const status =
    problem !== ''
      ? problem
      : page === null
        ? 'Loading…'
        : page.items.length === 0
          ? 'Nothing is reported.'
          : '';
  return (
    <Modal title="Reports" onClose={onClose} testId="reports-dialog">
      <p class="hint" role="status" data-testid="reports-status">
        {status}
      </p>
      <ul ref={list} class="listed" data-testid="reports" onKeyDown={moveThrough}>
        {page?.items.map((report) => {
          const act = acts(report);
          return (
            <li
              key={report.id}
              data-report={report.id}
              tabIndex={0}
              onKeyDown={(event) => {
                if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey)
                  return;
                const chosen = act[event.key as keyof typeof act] as (() => void) | undefined;
                if (chosen === undefined) return;
                event.preventDefault();
                chosen();
              }}
            >
              <ReportText report={report} />
              <div class="modal-actions">
                {button('go-to-report', 'Go there (G)', act.g)}
                {button('report-person', 'Its author… (P)', act.p)}
                {report.claimedBy === null && button('claim', 'Claim (C)', act.c)}
                {button('dismiss', 'Dismiss (X)', act.x)}
                {button('resolve', 'Done (A)', act.a)}
              </div>
            </li>
          );
        })}
      </ul>
      {page?.hasMore === true && <p class="hint">There are more: they come when some of these are done.</p>}
    </Modal>
  );
}

function ReportText({ report }: { readonly report: Report }) {
  const { channelId, author, content, reporter, reason, at, claimedBy } = report;
  const channel = useSelected((state) => channelName(state, channelId));
  return (
    <>
      <p>
        <b>
          <bdi>{harmless(reason)}</bdi>
        </b>
      </p>
      <p class="quoted">
        <bdi class="quote-author">{harmless(author.name)}</bdi> <bdi>{harmless(content)}</bdi>
      </p>
      <p class="listed-head">
        in #<bdi>{channel}</bdi>, by <bdi>{harmless(reporter?.name ?? 'somebody')}</bdi>,{' '}
        <time dateTime={new Date(at).toISOString()}>{fullTime(at)}</time>
        {claimedBy !== null && (
          <span data-testid="claimed">
            ; <bdi>{harmless(claimedBy.name)}</bdi> looks after it
          </span>
        )}
      </p>
    </>
  );
}

function button(testId: string, label: string, act: () => void) {
  return (
    <button type="button" class="quiet" data-testid={testId} onClick={act}>
      {label}
    </button>
  );
}

function moveThrough(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-report]')];
  const at = items.findIndex((item) => item.contains(document.activeElement));
  event.preventDefault();
  items[Math.min(Math.max(at + step, 0), items.length - 1)]?.focus();
}
