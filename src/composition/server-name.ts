/** Keeps the server's name in step with the database. */
import type { ServerNameStore } from '../admin/ports/server-name.ts';

/** A change that another process made is seen after so many ms: well within a second. */
const FOLLOW_MS = 400;

/** Following, until stopped. */
export interface FollowedName {
  /** The server as clients see it; `name` is what it is called at the time of reading. */
  readonly server: { readonly id: string; readonly name: string };
  /** Resolves when what was committed before the call holds here, or the database doesn't answer. */
  catchUp(): Promise<void>;
  stop(): void;
}

/** Takes the name of the database, `initial` before it has one, and looks again. While it is away the last one holds. */
export async function followServerName(
  store: Pick<ServerNameStore, 'load'>,
  id: string,
  initial: string,
): Promise<FollowedName> {
  let name = initial;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    const found = await store.load();
    if (found.ok) name = found.value ?? initial;
  };
  // One after the other, so that nothing older takes the place of something newer.
  const lookNext = (): Promise<void> => {
    looking = looking.then(look);
    return looking;
  };
  const follow = async (): Promise<void> => {
    await lookNext();
    if (!stopped) timer = setTimeout(() => void follow(), FOLLOW_MS);
  };
  await follow();
  return {
    server: {
      id,
      get name() {
        return name;
      },
    },
    catchUp: lookNext,
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
