import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../src/components/icon.tsx';
import { PAGES, type DashboardPage } from '../pages/pages.tsx';
import { useDashboard } from '../state/dashboard-context.ts';
import type { Staff } from '../state/dashboard-store.ts';
import { linkTo } from '../state/place.ts';
import { usePlace } from './use-place.ts';

interface FrameProps {
  readonly staff: Staff;
  readonly serverName: string;
}

/** What stands around every page: who is logged in, and the way to the others. On a phone they are behind a button. */
export function Frame({ staff, serverName }: FrameProps) {
  const store = useDashboard();
  const place = usePlace();
  const [isOpen, setOpen] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const shown = PAGES.filter(({ adminsOnly }) => staff.isAdmin || adminsOnly !== true);
  const [first] = PAGES;
  const [name = first.id, ...rest] = place;
  const page: DashboardPage | undefined = shown.find(({ id }) => id === name);
  const title = page?.title ?? 'Not found';
  const arrived = useRef(false);
  useEffect(() => {
    document.title = `${title} · Dashboard of ${serverName}`;
  }, [title, serverName]);
  useEffect(() => {
    setOpen(false);
    // The first page is where the browser begins anyway.
    if (arrived.current) heading.current?.focus();
    arrived.current = true;
  }, [name]);
  const Content = page?.content;
  return (
    <div
      class="frame"
      data-open={isOpen}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        setOpen(false);
        opener.current?.focus();
      }}
    >
      <button
        class="skip-link"
        type="button"
        onClick={() => {
          heading.current?.focus();
        }}
      >
        To the content
      </button>
      <header class="top">
        <button
          ref={opener}
          class="quiet icon-button only-narrow"
          type="button"
          aria-label="Pages"
          aria-expanded={isOpen}
          aria-controls="pages"
          data-testid="show-pages"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="menu" />
        </button>
        <p class="server-name">
          <bdi>{serverName}</bdi>
        </p>
        <p class="who" data-testid="who">
          <bdi>{staff.name}</bdi> <span class="tag">{staff.isAdmin ? 'admin' : 'moderator'}</span>
        </p>
        <button type="button" class="quiet" data-testid="log-out" onClick={() => void store.logOut()}>
          Log out
        </button>
      </header>
      <nav id="pages" class="pages" aria-label="Pages">
        <ul>
          {shown.map(({ id, title: label }) => (
            <li key={id}>
              <a
                href={linkTo(id)}
                aria-current={id === page?.id ? 'page' : undefined}
                data-testid={`to-${id}`}
                onClick={() => setOpen(false)}
              >
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main class="page" data-page={page?.id}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {Content === undefined ? (
          <p class="state" data-testid="empty">
            There is no such page for you here.
          </p>
        ) : (
          <Content key={page?.id} rest={rest} />
        )}
      </main>
    </div>
  );
}
