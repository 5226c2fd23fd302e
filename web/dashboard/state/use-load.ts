/** Asking the server for what a page shows. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Answer } from '../../src/state/server-requests.ts';
import type { Listed } from './answers.ts';
import { useApi } from './dashboard-context.ts';
import type { Query } from './server-api.ts';

/** What was asked for. While it is asked for again the old value stays. */
export interface Load<T> {
  /** Null: it isn't there yet. */
  readonly value: T | null;
  readonly problem: string | null;
  readonly reload: () => void;
}

/** Asks when `key` is another; an answer to an earlier question is dropped. */
export function useLoad<T>(key: string, ask: () => Promise<Answer<T>>): Load<T> {
  const [found, setFound] = useState<{
    readonly key: string;
    readonly value: T | null;
    readonly problem: string | null;
  }>({ key, value: null, problem: null });
  const newest = useRef(0);
  const reload = (): void => {
    newest.current += 1;
    const asked = newest.current;
    void ask().then((answer) => {
      if (asked !== newest.current) return;
      setFound((before) =>
        answer.ok
          ? { key, value: answer.value, problem: null }
          : { key, value: before.key === key ? before.value : null, problem: answer.problem },
      );
    });
  };
  useEffect(() => {
    reload();
    return () => {
      newest.current += 1;
    };
  }, [key]);
  const isThis = found.key === key;
  return { value: isThis ? found.value : null, problem: isThis ? found.problem : null, reload };
}

/** A list that comes in pages. */
export interface Pages<Item> extends Load<readonly Item[]> {
  readonly hasMore: boolean;
  /** Asks for the next page. */
  readonly more: () => void;
}

/** The list at `path`; `cursor` is the parameter by which the next page is asked for. */
export function usePages<Item>(
  path: string,
  query: Query,
  cursor: 'after' | 'before' | 'cursor',
): Pages<Item> {
  const api = useApi();
  const key = JSON.stringify([path, query]);
  const first = useLoad(key, () => api.get<Listed<Item>>(path, query));
  const [rest, setRest] = useState<{
    readonly of: Listed<Item> | null;
    readonly pages: readonly Listed<Item>[];
    readonly problem: string | null;
  }>({ of: null, pages: [], problem: null });
  // Later pages belong to the first one behind which they were asked for.
  const pages = rest.of === first.value ? rest.pages : [];
  const last = pages.at(-1) ?? first.value;
  const more = (): void => {
    const of = first.value;
    if (last?.next === undefined) return;
    void api.get<Listed<Item>>(path, { ...query, [cursor]: last.next }).then((answer) => {
      setRest(
        answer.ok
          ? { of, pages: [...pages, answer.value], problem: null }
          : { of, pages, problem: answer.problem },
      );
    });
  };
  const items = first.value === null ? null : [first.value, ...pages].flatMap((page) => page.items);
  return {
    value: items,
    problem: first.problem ?? (rest.of === first.value ? rest.problem : null),
    reload: first.reload,
    hasMore: last?.next !== undefined,
    more,
  };
}
