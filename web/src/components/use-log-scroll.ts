import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import type { UserRef } from '../../../src/protocol/entities.ts';
import type { RoomState } from '../state/room.ts';
import { usePageStore } from '../state/store-context.ts';
import { hasNewer } from '../state/timeline.ts';
import { MessageLogLayout } from './message-log-layout.ts';
import { rowOf } from './message-log-rows.ts';
import { LogScroller } from './message-log-scroller.ts';

/**
 * Joins a {@link LogScroller} to the component that draws the log: which rows to draw, what is loaded when, and what
 * keys do. `missed` counts what came in below while reading back.
 */
export function useLogScroll(room: RoomState, self: UserRef) {
  const store = usePageStore();
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const { timeline } = room;

  const shown = useRef(room);
  shown.current = room;
  const leftAt = useRef(timeline.arrived);
  const layout = useMemo(() => new MessageLogLayout(), []);
  const scroller = useMemo(
    () =>
      new LogScroller({
        layout,
        redraw: () => redraw(undefined),
        onFollowing: (value) => {
          leftAt.current = shown.current.timeline.arrived;
          store.view.setReadingBack(room.id, !value);
          setFollowing(value);
        },
        onNear: (end) => {
          const { joined, older, timeline: now } = shown.current;
          if (!joined) return;
          if (end === 'oldest' && now.hasOlder && older === 'idle') void store.messages.loadOlder(room.id);
          if (end === 'newest' && hasNewer(now) && now.newer === 'idle')
            void store.messages.loadNewer(room.id);
        },
      }),
    [],
  );
  // Messages that come while the log is in motion wait until it rests.
  const held = useRef(timeline);
  if (!scroller.isMoving) held.current = timeline;
  layout.update(held.current, self);
  const ranges = scroller.ranges(!hasNewer(held.current));

  const jumpToLatest = (): void => {
    void store.messages.loadLatest(room.id).then((isLoaded) => {
      if (isLoaded) scroller.toLatest();
    });
  };
  /** The row that was gone to and doesn't have the focus yet. */
  const found = useRef<number | null>(null);
  const followed = useRef<number | null>(null);
  const written = useRef(timeline.outgoing.length);
  const hasWritten = timeline.outgoing.length > written.current;
  written.current = timeline.outgoing.length;

  useLayoutEffect(() => {
    if (box.current === null || content.current === null) return;
    return scroller.attach(box.current, content.current);
  }, []);
  useLayoutEffect(() => scroller.drawn());
  useEffect(() => {
    if (hasWritten) jumpToLatest();
  }, [hasWritten, timeline.outgoing.length]);
  useEffect(() => () => store.view.setReadingBack(room.id, false), []);
  useLayoutEffect(() => {
    // It is taken back a moment later; until then it is followed once.
    if (room.goal === null) followed.current = null;
    if (room.goal === null || room.goal === followed.current || layout.indexOf(room.goal) === null) return;
    if (box.current === null) return;
    followed.current = room.goal;
    scroller.toRow(room.goal, box.current.clientHeight / 3);
    found.current = room.goal;
    store.places.reached(room.id);
  });
  useLayoutEffect(() => {
    const row = found.current === null || box.current === null ? null : rowOf(box.current, found.current);
    if (row === null) return;
    found.current = null;
    row.dataset['found'] = '';
    row.addEventListener('blur', () => delete row.dataset['found'], { once: true });
    row.focus({ preventScroll: true });
  });

  return {
    box,
    content,
    layout,
    ranges,
    following,
    missed: following ? 0 : timeline.arrived - leftAt.current,
    jumpToLatest: (): void => {
      jumpToLatest();
      box.current?.focus();
    },
    onScroll: (): void => scroller.scrolled(),
    onKeyDown: (event: KeyboardEvent): void => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.key === 'Home') scroller.toOldest(box.current?.clientHeight ?? 0);
      else if (event.key === 'End') jumpToLatest();
      else return;
      event.preventDefault();
    },
  };
}
