/** What alerts, dashboard and docs ask of figures, held against what `GET /metrics` tells. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { CLOSE_CODES } from '../../src/protocol/close-codes.ts';
import { ERROR_CODES } from '../../src/protocol/errors.ts';

/** An expression of PromQL, and the text in which its labels are shown. */
export interface FigureUse {
  readonly where: string;
  readonly expr: string;
  readonly legend: string;
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: object;
    }[];
  }[];
}
interface Board {
  readonly panels: readonly {
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

const root = new URL('../../', import.meta.url);
/** What Prometheus adds. */
const ADDED = ['job', 'instance'];
/** Labels of families that have no sample until something happens. */
const RARE: Readonly<Record<string, readonly string[]>> = {
  hubbub_closes_total: ['code'],
  hubbub_shard_errors_total: ['thread', 'code'],
  hubbub_shard_restarts_total: ['shard'],
  hubbub_gateway_restarts_total: ['gateway'],
  hubbub_thread_crash_loop: ['thread'],
  hubbub_valkey_published_total: ['outcome'],
  hubbub_webhook_tries_total: ['outcome'],
  hubbub_decisions_total: ['thread', 'decision', 'outcome'],
  // With gateways on threads of their own.
  hubbub_socket_backlog_bytes: ['thread'],
};
const CODES = new Set(['1006', ...Object.values(CLOSE_CODES).map(String), ...Object.keys(ERROR_CODES)]);

/** All expressions of the alerts and the dashboard. */
export async function monitoringUses(): Promise<readonly FigureUse[]> {
  const alerts = parse(await readFile(new URL('deploy/prometheus/alerts.yml', root), 'utf8')) as Rules;
  const board = JSON.parse(await readFile(new URL('deploy/grafana/hubbub.json', root), 'utf8')) as Board;
  return [
    ...alerts.groups.flatMap(({ rules }) =>
      rules.map(({ alert, expr, annotations }) => ({
        where: alert,
        expr,
        legend: JSON.stringify(annotations),
      })),
    ),
    ...board.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({ where: title, expr, legend: legendFormat })),
    ),
  ];
}

/** What is wrong with the uses, by the text of `GET /metrics`. */
export function figureProblems(uses: readonly FigureUse[], metrics: string): readonly string[] {
  const kinds = new Map(
    [...metrics.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', kind]) => [name, kind]),
  );
  const labels = labelsIn(metrics);
  const familyOf = (name: string) => (kinds.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''));
  return uses.flatMap(({ where, expr, legend }) => {
    const names = all(expr, /hubbub_\w+/g);
    if (names.length === 0) return expr.startsWith('up{job="hubbub"}') ? [] : [`${where}: no figure of ours`];
    const known = new Set([
      ...ADDED,
      ...names.flatMap((name) => [...(labels.get(name) ?? []), ...(RARE[name] ?? [])]),
    ]);
    const asked = [
      ...all(expr, /\{([^}]*)\}/g).flatMap((list) => all(list, /(\w+)=~?"/g)),
      ...all(expr, /by \(([^)]*)\)/g).flatMap((list) => list.split(', ')),
      ...all(legend, /\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g),
    ];
    const codes = all(expr, /code=~?"([^"]*)"/g).flatMap((list) => list.split('|'));
    const counted = all(expr, /(?:rate|increase)\((\w+)/g);
    return [
      ...names.filter((name) => !kinds.has(familyOf(name))).map((name) => `${where}: there is no ${name}`),
      ...names
        .filter((name) => (kinds.get(familyOf(name)) === 'histogram') !== (familyOf(name) !== name))
        .map((name) => `${where}: ${name} is no sample`),
      ...counted
        .filter((name) => kinds.get(familyOf(name)) === 'gauge')
        .map((name) => `${where}: a rate of ${name}`),
      ...asked.filter((label) => !known.has(label)).map((label) => `${where}: there is no label ${label}`),
      ...codes.filter((code) => !CODES.has(code)).map((code) => `${where}: there is no code ${code}`),
    ];
  });
}

/** Labels of each name that has samples. */
function labelsIn(metrics: string): ReadonlyMap<string, ReadonlySet<string>> {
  const labels = new Map<string, Set<string>>();
  for (const [, name = '', list = ''] of metrics.matchAll(/^(hubbub_\w+)\{(.*)\} \S+$/gm)) {
    const known = labels.get(name) ?? new Set();
    for (const label of all(list, /(\w+)="/g)) known.add(label);
    labels.set(name, known);
  }
  return labels;
}

/** The first group of each match, or all of it. */
function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([whole, group]) => group ?? whole);
}
