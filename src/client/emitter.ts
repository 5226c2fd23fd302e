/** Typed events. */

type Listener<T> = (payload: T) => void;

/** Calls the listeners of `E`'s events, in the order in which they were added. */
export class Emitter<E> {
  readonly #listeners = new Map<keyof E, Set<Listener<never>>>();

  /** Adds a listener; the function that comes back takes it away again. */
  on<K extends keyof E>(event: K, listener: Listener<E[K]>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    // A wrapper of its own, so that a listener that was added twice is called twice and taken away once.
    const added: Listener<E[K]> = (payload) => {
      listener(payload);
    };
    listeners.add(added);
    return () => {
      listeners.delete(added);
    };
  }

  /** A listener that throws doesn't keep the others, or the client, from going on: its error goes to the platform. */
  emit<K extends keyof E>(event: K, payload: E[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as Listener<E[K]>)(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
