import { useState } from 'preact/hooks';

/** Runs an action that resolves with what went wrong, or null, and says what came of it: that, or `done`. */
export function useOutcome(done: string) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState('');
  const run = async (action: () => Promise<string | null>): Promise<string | null> => {
    setBusy(true);
    setOutcome('');
    const problem = await action();
    setBusy(false);
    setOutcome(problem ?? done);
    return problem;
  };
  return { busy, outcome, run };
}
