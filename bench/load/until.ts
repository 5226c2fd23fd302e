/** Waiting for the last answers and deliveries of a load. */

const PATIENCE_MS = 15_000;
const LOOK_EVERY_MS = 20;

/** Resolves when `isSo`, or after 15 s. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isSo() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
