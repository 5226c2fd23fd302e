import type { ComponentChildren } from 'preact';
import type { Load } from '../state/use-load.ts';
import { Status } from './status.tsx';

interface LoadedProps<T> {
  readonly load: Load<T>;
  /** What is said where there is nothing; null: there is something. */
  readonly empty?: (value: T) => string | null;
  readonly children: (value: T) => ComponentChildren;
}

/** What was asked of the server, in any of its states: on its way, refused, nothing, or there. */
export function Loaded<T>({ load, empty, children }: LoadedProps<T>) {
  const { value, problem, reload } = load;
  if (value === null) return <Status problem={problem} onRetry={reload} />;
  const nothing = empty?.(value) ?? null;
  return (
    <>
      {problem !== null && <Status problem={problem} onRetry={reload} />}
      {nothing === null ? (
        children(value)
      ) : (
        <p class="state" data-testid="empty">
          {nothing}
        </p>
      )}
    </>
  );
}
