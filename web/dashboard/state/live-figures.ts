/**
 * The server's figures as it pushes them, over a WebSocket of their own.
 *
 * Closed: nobody looks. Connecting: a socket opens and says hello with the login's token. Live: it is subscribed. What ends
 * by itself is tried again, each time later, up to {@link LONGEST_WAIT_MS}; the token is renewed with each try. So is a
 * socket on which nothing was heard for {@link SILENCE_MS}: networks go away without a word.
 */
import {
  type AnalyticsMoment,
  type AnalyticsPart,
  type AnalyticsPoint,
  MAX_ANALYTICS_POINTS,
} from '../../../src/protocol/analytics.ts';
import type { ServerFrame } from '../../../src/protocol/events.ts';
import { fieldsOf } from '../../src/state/server-requests.ts';
import { Store, type Schedule } from '../../src/state/store.ts';

/** What is known of the server. */
export interface Figures extends Pick<AnalyticsMoment, 'shards' | 'gateways' | 'errorsByCode'> {
  /** `refused`: they aren't for this login. */
  readonly state: 'connecting' | 'live' | 'refused';
  /** The oldest first. */
  readonly points: readonly AnalyticsPoint[];
}

/** What it needs. */
export interface LiveFiguresOptions {
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly schedule: Schedule;
}

const NOTHING: Figures = { state: 'connecting', points: [], shards: [], gateways: [], errorsByCode: {} };
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
/** An update comes each second. */
const SILENCE_MS = 10_000;

/** See the head of the file. */
export class LiveFigures {
  readonly figures: Store<Figures>;
  readonly #options: LiveFiguresOptions;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #waitMs = FIRST_WAIT_MS;
  /** Counts openings: what belongs to an earlier one is over. */
  #opening = 0;

  constructor(options: LiveFiguresOptions) {
    this.#options = options;
    this.figures = new Store(NOTHING, options.schedule);
  }

  /** Somebody looks. */
  open(): void {
    this.close();
    this.#waitMs = FIRST_WAIT_MS;
    void this.#connect(this.#opening);
  }

  /** Nobody looks any more. */
  close(): void {
    this.#opening += 1;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#socket?.close();
    this.#socket = null;
    this.figures.update(() => NOTHING);
  }

  async #connect(opening: number): Promise<void> {
    const token = await this.#options.token().catch(() => null);
    if (opening !== this.#opening) return;
    if (token === null) {
      this.#again(opening);
      return;
    }
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    const send = (type: string, data: object): void => {
      socket.send(JSON.stringify({ type, ref: type, data }));
    };
    // A closing handshake would wait for an answer, too.
    const over = (): void => {
      if (opening !== this.#opening || this.#socket !== socket) return;
      clearTimeout(this.#silence);
      this.#socket = null;
      this.figures.update((figures) => ({ ...figures, state: 'connecting' }));
      this.#again(opening);
    };
    const heard = (): void => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => {
        over();
        socket.close();
      }, SILENCE_MS);
    };
    heard();
    socket.onopen = () => send('hello', { token });
    socket.onmessage = ({ data }) => {
      if (opening !== this.#opening || this.#socket !== socket || typeof data !== 'string') return;
      heard();
      const frame = JSON.parse(data) as ServerFrame;
      if (frame.type === 'welcome') send('analytics:subscribe', {});
      else this.#take(frame);
    };
    socket.onclose = over;
  }

  #again(opening: number): void {
    this.#timer = setTimeout(() => void this.#connect(opening), this.#waitMs);
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
  }

  #take({ type, data }: ServerFrame): void {
    if (type === 'analytics:snapshot') {
      const { part, history, shards, gateways } = data as AnalyticsPart;
      this.#waitMs = FIRST_WAIT_MS;
      this.figures.update((figures) => {
        const before = part === 1 ? NOTHING : figures;
        return {
          ...before,
          state: 'live',
          points: [...before.points, ...history],
          shards: [...before.shards, ...shards],
          gateways: [...before.gateways, ...gateways],
        };
      });
    }
    if (type === 'analytics:update') {
      const { point, shards, gateways, errorsByCode } = data as AnalyticsMoment;
      this.figures.update(({ points }) => ({
        ...{ state: 'live' as const, shards, gateways, errorsByCode },
        points: [...points, point].slice(-MAX_ANALYTICS_POINTS),
      }));
    }
    // Of a token for certain channels, or of a role that was taken away.
    if (type === 'error' && fieldsOf(data)['code'] === 'forbidden') {
      this.close();
      this.figures.update((figures) => ({ ...figures, state: 'refused' }));
    }
  }
}
