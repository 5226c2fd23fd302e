/** Holds what one client was shown of a channel against what it was owed. */
import { differences, type Finding } from './finding.ts';
import type { View } from './gather.ts';
import type { LoggedMessage } from './history-record.ts';

/** What is known of a channel's log. */
export interface KnownLog {
  readonly head: number;
  /** Below, anything may have been removed. */
  readonly floor: number;
  /** Whether it was read back. */
  readonly complete: boolean;
}

/**
 * Everything that is wrong in `view`. `known` are the channel's messages by `seq`: those of the log, or where that wasn't read
 * back what clients were shown first.
 */
export function checkView(view: View, known: ReadonlyMap<number, LoggedMessage>, log: KnownLog): Finding[] {
  return [...run(view, log), ...contents(view, known, log)];
}

/** Whether it is a dense run, from where it had to begin to where it had to end. */
function run(view: View, { head, floor }: KnownLog): Finding[] {
  const where = `${view.observer} in ${view.channelId}`;
  const findings: Finding[] = [];
  let last = view.after;
  for (const { seq, resumed } of view.shown) {
    const due = last === null ? seq : last + 1;
    const when = resumed ? ', having come back' : '';
    if (seq > due && seq > floor) {
      findings.push({ what: 'missed', detail: `${where} was shown ${seq} where ${due} was due${when}` });
    } else if (seq < due) {
      findings.push({ what: 'order', detail: `${where} was shown ${seq} where ${due} was due${when}` });
    }
    last = seq;
  }
  if (view.toEnd && (last ?? 0) < head) {
    findings.push({ what: 'missed', detail: `${where} was shown no more than ${last ?? 0} of ${head}` });
  }
  for (const { from, to } of view.gaps) {
    if (to < floor) continue;
    findings.push({ what: 'missed', detail: `${where} was told that ${from} to ${to} can't be had` });
  }
  return findings;
}

function contents(
  view: View,
  known: ReadonlyMap<number, LoggedMessage>,
  { complete, floor }: KnownLog,
): Finding[] {
  const other = complete ? 'in the log' : 'for others';
  return view.shown.flatMap((shown): Finding[] => {
    const message = known.get(shown.seq);
    const where = `${view.channelId}: ${shown.seq}, shown to ${view.observer}`;
    if (message === undefined) {
      return shown.seq < floor ? [] : [{ what: 'lost', detail: `${where}, is not in the log` }];
    }
    const members = differences(shown, message);
    if (members.length === 0) return [];
    return [{ what: 'altered', detail: `${where}, is another one ${other}: ${members.join(', ')}` }];
  });
}
