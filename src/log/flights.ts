/**
 * What is on its way into a log and who waits for it. A second one of a party with the same key is a twin: it waits for
 * the first one's outcome, so that a batch never holds two of a kind.
 */

interface Flight<Entry, Waiting> {
  readonly entry: Entry;
  readonly party: string;
  readonly key: string | undefined;
  readonly waiting: Waiting[];
  /** Another party's, with the same key. */
  namesake: Flight<Entry, Waiting> | undefined;
}

/** An entry is its object: whoever passes it on doesn't copy it. */
export class Flights<Entry extends object, Waiting> {
  readonly #flights = new Map<Entry, Flight<Entry, Waiting>>();
  /** By key; those of several parties hang together by `namesake`, so that no two texts are put together for each. */
  readonly #twins = new Map<string, Flight<Entry, Waiting>>();

  /** Entries in flight. */
  get size(): number {
    return this.#flights.size;
  }

  /** Entries in flight, in the order in which they began. */
  entries(): Iterable<Entry> {
    return this.#flights.keys();
  }

  has(entry: Entry): boolean {
    return this.#flights.has(entry);
  }

  /** `entry` is on its way; without a `key` it has no twins. */
  begin(entry: Entry, party: string, key: string | undefined, waiting: Waiting): void {
    const namesake = key === undefined ? undefined : this.#twins.get(key);
    const flight = { entry, party, key, waiting: [waiting], namesake };
    this.#flights.set(entry, flight);
    if (key !== undefined) this.#twins.set(key, flight);
  }

  /** Lets one more wait for the twin that is in flight; false when there is none. */
  join(party: string, key: string | undefined, waiting: Waiting): boolean {
    if (key === undefined) return false;
    let first = this.#twins.get(key);
    while (first !== undefined && first.party !== party) first = first.namesake;
    first?.waiting.push(waiting);
    return first !== undefined;
  }

  /** `entry` came to an end: who waits for it, in order of coming; null when it isn't in flight. */
  end(entry: Entry): readonly Waiting[] | null {
    const flight = this.#flights.get(entry);
    if (flight === undefined) return null;
    this.#flights.delete(entry);
    if (flight.key !== undefined) this.#forgetTwin(flight.key, flight);
    return flight.waiting;
  }

  #forgetTwin(key: string, gone: Flight<Entry, Waiting>): void {
    const newest = this.#twins.get(key);
    if (newest === gone) {
      if (gone.namesake === undefined) this.#twins.delete(key);
      else this.#twins.set(key, gone.namesake);
      return;
    }
    for (let one = newest; one !== undefined; one = one.namesake) {
      if (one.namesake === gone) one.namesake = gone.namesake;
    }
  }
}
