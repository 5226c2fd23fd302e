import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { OverlayContext } from './overlay.ts';

interface PersonButtonProps {
  readonly person: UserRef;
  readonly class: string;
  /** Where the children don't say who it is. */
  readonly label?: string;
  /** Whether the Tab key stops here; where it doesn't, the list of members leads to the same card. */
  readonly tabStop?: boolean;
  readonly children: ComponentChildren;
}

/** A person's name or picture that leads to their card. */
export function PersonButton({ person, label, tabStop = true, children, ...props }: PersonButtonProps) {
  const show = useContext(OverlayContext);
  return (
    <button
      type="button"
      class={props.class}
      aria-label={label}
      aria-haspopup="dialog"
      tabIndex={tabStop ? undefined : -1}
      data-testid="person"
      onClick={() => show({ kind: 'person', person })}
    >
      {children}
    </button>
  );
}
