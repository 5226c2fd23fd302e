/**
 * Who is present in a channel. At most a hundred are told by themselves; the others are asked for page by page, when
 * one wants to see more or looks for somebody.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { UserRef } from '../../../src/protocol/entities.ts';
import type { ChannelState } from '../state/page-state.ts';
import { usePageStore } from '../state/store-context.ts';

/** People beyond those that are told by themselves. `after`: where to go on asking; null: all are there. */
interface Others {
  readonly people: readonly UserRef[];
  readonly after: string | null | undefined;
}

const NOBODY: Others = { people: [], after: undefined };
/** Looking for somebody ends when so many are found. */
const ENOUGH_FOUND = 50;
/** Nobody waits for an answer to a letter in the middle of a word, ms. */
const ASK_AFTER_MS = 250;

/** `text`: a part of a name, or empty. */
export function useMembers({ id, members: told, memberCount }: ChannelState, text: string) {
  const store = usePageStore();
  const [others, setOthers] = useState<Others>(NOBODY);
  const [loading, setLoading] = useState(false);
  const round = useRef(0);
  const wanted = text.trim().toLowerCase();
  const all = told.length >= memberCount;

  const load = async (known: Others, isEnough: (people: readonly UserRef[]) => boolean): Promise<void> => {
    round.current += 1;
    const mine = round.current;
    setLoading(true);
    let now = known;
    while (now.after !== null && round.current === mine) {
      const page = await store.members(id, now.after);
      if (page === null || round.current !== mine) break;
      const last = page.members.at(-1);
      now = {
        people: [...now.people, ...page.members],
        after: page.hasMore && last !== undefined ? last.id : null,
      };
      setOthers(now);
      if (isEnough(now.people)) break;
    }
    if (round.current === mine) setLoading(false);
  };

  // What was asked for grows old: those who left are forgotten when everybody is told again.
  useEffect(() => {
    if (all) setOthers(NOBODY);
  }, [all]);
  useEffect(() => {
    if (wanted === '' || all) return;
    const timer = setTimeout(
      () => void load(others, (people) => named(people, wanted).length >= ENOUGH_FOUND),
      ASK_AFTER_MS,
    );
    return () => {
      clearTimeout(timer);
      round.current += 1;
      setLoading(false);
    };
  }, [wanted, all]);
  useEffect(
    () => () => {
      round.current += 1;
    },
    [],
  );

  const members = useMemo(() => {
    const known = new Map([...told, ...(all ? [] : others.people)].map((person) => [person.id, person]));
    return named([...known.values()], wanted).sort((a, b) => a.name.localeCompare(b.name));
  }, [told, others, all, wanted]);
  return {
    members,
    more: !all && others.after !== null,
    loading,
    loadMore: () => void load(others, () => true),
  };
}

function named(people: readonly UserRef[], wanted: string): UserRef[] {
  return people.filter(({ name }) => name.toLowerCase().includes(wanted));
}
