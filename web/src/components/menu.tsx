/** One of a menu's acts. */
export interface MenuItem {
  readonly label: string;
  readonly testId: string;
  readonly act: () => void;
}

/** Acts to choose from; the arrow keys lead through them. */
export function Menu({ items }: { readonly items: readonly MenuItem[] }) {
  return (
    <ul class="menu" onKeyDown={moveThrough}>
      {items.map(({ label, testId, act }, index) => (
        <li key={testId}>
          <button type="button" autofocus={index === 0} data-testid={testId} onClick={act}>
            {label}
          </button>
        </li>
      ))}
    </ul>
  );
}

function moveThrough(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.findIndex((button) => button === document.activeElement);
  event.preventDefault();
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}
