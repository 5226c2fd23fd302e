interface StatusProps {
  /** Null: it is on its way. */
  readonly problem: string | null;
  readonly onRetry: () => void;
}

/** What isn't there yet, or couldn't be got. */
export function Status({ problem, onRetry }: StatusProps) {
  if (problem === null) {
    return (
      <p class="state" role="status" data-testid="loading">
        Loading…
      </p>
    );
  }
  return (
    <div class="state" role="alert" data-testid="problem">
      <p>{problem}</p>
      <button type="button" data-testid="retry" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
