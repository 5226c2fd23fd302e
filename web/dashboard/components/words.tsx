/** Small words that many pages show: people, times, places. */
import { harmless } from '../../src/text/bidi-controls.ts';
import type { Person } from '../state/answers.ts';
import { linkTo } from '../state/place.ts';

const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Somebody, with the way to what is known of them. */
export function PersonLink({ person: { id, name } }: { readonly person: Person }) {
  return (
    <a href={linkTo('users', id)} title={id}>
      <bdi>{harmless(name ?? id)}</bdi>
    </a>
  );
}

/** A time, ms since the epoch. */
export function Time({ at }: { readonly at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{time.format(at)}</time>;
}

/** What people wrote. */
export function Words({ text }: { readonly text: string | undefined }) {
  return <bdi class="words">{harmless(text ?? '')}</bdi>;
}
